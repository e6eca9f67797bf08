// What scripts say stands in the page, in its language. `{name}` stands for a value; where a language has several
// forms of the plural, `n` chooses among them.
const spoken = JSON.parse(document.getElementById("words")?.textContent || "{}");
const language = document.documentElement.lang || "en";
const plural = new Intl.PluralRules(language);

// Who reads the page in English reads times as their browser writes them, as there are many ways in English.
export const locale = language === "en" ? undefined : language;

export function inWords(name, values = {}) {
  const found = spoken[name];
  const words = typeof found === "object" ? found[plural.select(values.n)] ?? found.other : found;
  return words.replace(/\{(\w+)\}/g, (place, key) => values[key] ?? place);
}
