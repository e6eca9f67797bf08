// What somebody changed in a form and the server did not get: also what was typed before the page's script had come.
export const fields = (root) => [...root.querySelectorAll("textarea, select, input:not([type=hidden])")];

export function changed(field) {
  if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
  if (field.tagName === "SELECT") return field.value !== (field.querySelector("option[selected]") ?? field.options[0])?.value;
  return field.value !== field.defaultValue;
}
