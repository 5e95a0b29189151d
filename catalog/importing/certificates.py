"""Certificates of film and television, and the youngest age that each means here.

PG has no age of its own: 8 is what "some material may not be suitable for children" is read as.
M, GP and M/PG are PG's names from 1968 to 1972; X is NC-17's name until 1990. Passed and Approved
come from before 1968 and say nothing of age. "U" is everybody's in the United Kingdom and in
India, "A" is India's certificate for adults.
"""

from __future__ import annotations

from typing import Any

US_FILM = {
    "G": 0, "PG": 8, "M": 8, "GP": 8, "M/PG": 8, "PG-13": 13, "R": 17, "NC-17": 18, "X": 18,
}  # fmt: skip
US_TV = {
    "TV-Y": 0, "TV-G": 0, "TV-Y7": 7, "TV-Y7-FV": 7, "TV-PG": 8, "TV-14": 14, "TV-MA": 17,
}  # fmt: skip
UK = {"U": 0, "12": 12, "12A": 12, "15": 15, "18": 18, "R18": 18}
INDIA = {"UA": 12, "U/A": 12, "UA 7+": 7, "UA 13+": 13, "UA 16+": 16, "A": 18, "S": 18}
# Plain ages, as Germany, the Netherlands, Brazil and others print them.
AGES = {"0": 0, "6": 6, "7": 7, "9": 9, "10": 10, "13": 13, "14": 14, "16": 16}
WITHOUT_AGE = frozenset({"Passed", "Approved"})
# What sources write where there is none.
NO_CERTIFICATE = frozenset({"", "NR", "UR", "Unrated", "Not Rated", "N/A", "Unknown"})

YOUNGEST: dict[str, int] = US_FILM | US_TV | UK | INDIA | AGES
_SPELLINGS = {name.casefold(): name for name in (*YOUNGEST, *WITHOUT_AGE, *NO_CERTIFICATE)}


def parse_certificate(value: Any) -> str:
    """Return a certificate in its usual spelling; empty if there is none.

    Raises:
        ValueError: no certificate is written like this.
    """
    text = str(value or "").strip()
    certificate = _SPELLINGS.get(text.casefold())
    if certificate is None:
        raise ValueError("unknown certificate (reported once for the file)")
    return "" if certificate in NO_CERTIFICATE else certificate


def youngest_age(certificate: str) -> int | None:
    """Return the youngest age that a certificate means, or None if it says nothing of age."""
    return YOUNGEST.get(certificate)
