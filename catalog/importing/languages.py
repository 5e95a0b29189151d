"""English names of languages and countries for the codes in which sources write them."""

from __future__ import annotations

from typing import Any

from django.conf.locale import LANG_INFO

from catalog.text import canonical_country, canonical_language

# TMDB's own codes, and languages of films that Django has no translation into.
_LANGUAGES = {
    "zh": "Mandarin", "cmn": "Mandarin", "cn": "Cantonese", "yue": "Cantonese", "xx": "",
    "tl": "Tagalog", "fil": "Filipino", "zu": "Zulu", "xh": "Xhosa", "la": "Latin", "ps": "Pashto",
    "yi": "Yiddish", "wo": "Wolof", "bm": "Bambara", "so": "Somali", "am": "Amharic", "rw":
    "Kinyarwanda", "sh": "Serbo-Croatian", "gu": "Gujarati", "si": "Sinhala", "bo": "Tibetan",
    "iu": "Inuktitut", "mi": "Maori", "sm": "Samoan", "qu": "Quechua", "ku": "Kurdish", "lo": "Lao",
    "st": "Sotho", "tn": "Tswana", "ny": "Chichewa", "ln": "Lingala", "ht": "Haitian Creole",
    "no": "Norwegian", "nb": "Norwegian", "nn": "Norwegian", "pt": "Portuguese", "el": "Greek",
    "pa": "Punjabi", "km": "Khmer", "my": "Burmese", "sw": "Swahili", "co": "Corsican",
    "mt": "Maltese", "jv": "Javanese", "dz": "Dzongkha", "or": "Odia", "to": "Tonga",
    "sa": "Sanskrit", "nv": "Navajo", "ce": "Chechen", "kw": "Cornish",
}  # fmt: skip
_COUNTRIES = {
    "US": "United States", "GB": "United Kingdom", "FR": "France", "DE": "Germany", "IT": "Italy",
    "ES": "Spain", "JP": "Japan", "KR": "South Korea", "CN": "China", "HK": "Hong Kong",
    "TW": "Taiwan", "IN": "India", "CA": "Canada", "AU": "Australia", "NZ": "New Zealand",
    "IE": "Ireland", "DK": "Denmark", "SE": "Sweden", "NO": "Norway", "FI": "Finland",
    "IS": "Iceland", "NL": "Netherlands", "BE": "Belgium", "CH": "Switzerland", "AT": "Austria",
    "PL": "Poland", "CZ": "Czech Republic", "SK": "Slovakia", "HU": "Hungary", "RO": "Romania",
    "BG": "Bulgaria", "RU": "Russia", "UA": "Ukraine", "TR": "Turkey", "GR": "Greece",
    "PT": "Portugal", "BR": "Brazil", "MX": "Mexico", "AR": "Argentina", "CL": "Chile",
    "CO": "Colombia", "PE": "Peru", "CU": "Cuba", "ZA": "South Africa", "NG": "Nigeria",
    "KE": "Kenya", "SN": "Senegal", "EG": "Egypt", "MA": "Morocco", "TN": "Tunisia", "IL": "Israel",
    "IR": "Iran", "LB": "Lebanon", "SA": "Saudi Arabia", "TH": "Thailand", "VN": "Vietnam",
    "ID": "Indonesia", "PH": "Philippines", "MY": "Malaysia", "SG": "Singapore", "LU": "Luxembourg",
}  # fmt: skip


def language_name(value: Any) -> str:
    """Return the catalogue's name for a code such as "pt-BR" or a name; empty for "no language".

    Raises:
        ValueError: a code that stands for no language known here.
    """
    text = str(value or "").strip()
    code = text.lower().replace("_", "-")
    if len(code.partition("-")[0]) > 3:
        return canonical_language(text)
    for form in (code, code.partition("-")[0]):
        if form in _LANGUAGES:
            return _LANGUAGES[form]
        if form in LANG_INFO and "name" in LANG_INFO[form]:
            return canonical_language(LANG_INFO[form]["name"])
    if text:
        raise ValueError(f"no language is known by the code {text[:20]!r}")
    return ""


def country_name(value: Any) -> str:
    """Return the catalogue's name for a code of two letters or a name.

    Raises:
        ValueError: a code that stands for no country known here.
    """
    text = str(value or "").strip()
    if len(text) != 2:
        return canonical_country(text)
    if text.upper() == "UK":
        return "United Kingdom"
    if text.upper() not in _COUNTRIES:
        raise ValueError(f"no country is known by the code {text!r}")
    return _COUNTRIES[text.upper()]
