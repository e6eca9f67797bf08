"""Where people may have to live, as briefs say it: countries and regions as ISO 3166 codes, time zones by name."""

from __future__ import annotations

import re
from collections.abc import Mapping

COUNTRIES: Mapping[str, str] = {
    "argentina": "AR", "australia": "AU", "austria": "AT", "bangladesh": "BD", "belgium": "BE", "brazil": "BR",
    "bulgaria": "BG", "canada": "CA", "chile": "CL", "china": "CN", "colombia": "CO", "croatia": "HR", "cyprus": "CY",
    "czechia": "CZ", "czech republic": "CZ", "denmark": "DK", "egypt": "EG", "estonia": "EE", "finland": "FI",
    "france": "FR", "germany": "DE", "ghana": "GH", "greece": "GR", "hungary": "HU", "iceland": "IS", "india": "IN",
    "indonesia": "ID", "ireland": "IE", "israel": "IL", "italy": "IT", "japan": "JP", "kenya": "KE", "latvia": "LV",
    "liechtenstein": "LI", "lithuania": "LT", "luxembourg": "LU", "malaysia": "MY", "malta": "MT", "mexico": "MX",
    "morocco": "MA", "netherlands": "NL", "new zealand": "NZ", "nigeria": "NG", "norway": "NO", "pakistan": "PK",
    "peru": "PE", "philippines": "PH", "poland": "PL", "portugal": "PT", "romania": "RO", "serbia": "RS",
    "singapore": "SG", "slovakia": "SK", "slovenia": "SI", "south africa": "ZA", "south korea": "KR", "spain": "ES",
    "sweden": "SE", "switzerland": "CH", "taiwan": "TW", "thailand": "TH", "turkey": "TR", "ukraine": "UA",
    "united kingdom": "GB", "uk": "GB", "great britain": "GB", "united states": "US", "usa": "US",
    "vietnam": "VN",
}  # fmt: skip
"""English names of countries that briefs are likely to name."""

PEOPLES: Mapping[str, str] = {
    "american": "US", "australian": "AU", "austrian": "AT", "belgian": "BE", "brazilian": "BR", "british": "GB",
    "canadian": "CA", "danish": "DK", "dutch": "NL", "english": "GB", "french": "FR", "german": "DE", "indian": "IN",
    "irish": "IE", "italian": "IT", "japanese": "JP", "mexican": "MX", "norwegian": "NO", "polish": "PL",
    "portuguese": "PT", "spanish": "ES", "swedish": "SE", "swiss": "CH", "uk": "GB", "us": "US",
}  # fmt: skip
"""How what comes from a country is called: "German-qualified"."""

US_STATES = tuple(
    (
        "Alabama|Alaska|Arizona|Arkansas|California|Colorado|Connecticut|Delaware|Florida|Hawaii|Idaho|Illinois|"
        "Indiana|Iowa|Kansas|Kentucky|Louisiana|Maine|Maryland|Massachusetts|Michigan|Minnesota|Mississippi|Missouri|"
        "Montana|Nebraska|Nevada|New Hampshire|New Jersey|New Mexico|New York|North Carolina|North Dakota|Ohio|"
        "Oklahoma|Oregon|Pennsylvania|Rhode Island|South Carolina|South Dakota|Tennessee|Texas|Utah|Vermont|Virginia|"
        "West Virginia|Washington|Wisconsin|Wyoming|District of Columbia"
    ).split("|")
)
PARTS: Mapping[str, str] = {
    **{name.casefold(): "US" for name in US_STATES},
    "england": "GB", "wales": "GB", "england and wales": "GB", "scotland": "GB", "northern ireland": "GB",
    "ontario": "CA", "quebec": "CA", "british columbia": "CA", "alberta": "CA", "new south wales": "AU",
    "victoria": "AU", "queensland": "AU", "bavaria": "DE", "bayern": "DE", "berlin": "DE", "hamburg": "DE",
    "hessen": "DE", "nordrhein": "DE", "nordrhein-westfalen": "DE", "baden-württemberg": "DE", "sachsen": "DE",
    "niedersachsen": "DE",
}  # fmt: skip
"""Parts of countries that grant licences of their own; who is licensed there is licensed in the country."""

_UNION = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_AREA = f"{_UNION} IS LI NO"
REGIONS: Mapping[str, tuple[str, ...]] = {
    "eu": tuple(_UNION.split()),
    "european union": tuple(_UNION.split()),
    "eea": tuple(_AREA.split()),
    "european economic area": tuple(_AREA.split()),
    "europe": tuple(sorted(f"{_AREA} AD AL BA BY CH GB MC MD ME MK RS SM UA VA".split())),
    "dach": ("AT", "CH", "DE"),
    "benelux": ("BE", "LU", "NL"),
    "scandinavia": ("DK", "NO", "SE"),
    "baltics": ("EE", "LT", "LV"),
    "north america": ("CA", "MX", "US"),
}
"""Regions as the countries in them; Europe without countries that lie mostly in Asia."""

ZONES: Mapping[str, str] = {
    "cet": "Europe/Berlin", "cest": "Europe/Berlin", "central european time": "Europe/Berlin",
    "eet": "Europe/Athens", "gmt": "Europe/London", "uk time": "Europe/London", "utc": "Etc/UTC",
    "eastern time": "America/New_York", "us eastern": "America/New_York", "us east coast": "America/New_York",
    "us pacific": "America/Los_Angeles", "us west coast": "America/Los_Angeles", "us central": "America/Chicago",
    "edt": "America/New_York", "pdt": "America/Los_Angeles", "bst": "Europe/London",
    "german time": "Europe/Berlin", "berlin time": "Europe/Berlin", "london time": "Europe/London",
    "est": "America/New_York", "central time": "America/Chicago",
    "mountain time": "America/Denver", "pacific time": "America/Los_Angeles", "pst": "America/Los_Angeles",
    "ist": "Asia/Kolkata", "jst": "Asia/Tokyo", "sgt": "Asia/Singapore", "aest": "Australia/Sydney",
}  # fmt: skip
"""Names of time zones, as people write them, by a zone of the database that holds them."""


def countries(text: str) -> tuple[str, ...]:
    """The codes of the countries and regions named in a phrase, sorted; empty where none is known."""
    words = " ".join(re.findall(r"[a-z]+", text.lower().replace(".", "")))
    found: set[str] = {"US"} if re.search(r"\bU\.?S\b", text) else set()
    for name, codes in (*((n, (c,)) for n, c in COUNTRIES.items()), *REGIONS.items()):
        if re.search(rf"\b{name}\b", words):
            found.update(codes)
    return tuple(sorted(found))


def zone(text: str) -> str | None:
    """The time zone named in a phrase, by its database name or a usual short one; None where none is known."""
    if match := re.search(r"\b(?:Africa|America|Asia|Atlantic|Australia|Europe|Indian|Pacific)/[A-Z]\w+\b", text):
        return match[0]
    words = " ".join(re.findall(r"[a-z]+", text.lower()))
    return next((ZONES[name] for name in ZONES if re.search(rf"\b{name}\b", words)), None)
