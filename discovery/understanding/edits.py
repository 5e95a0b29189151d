"""How far one spelling is from another."""

from __future__ import annotations


def edits(one: str, other: str) -> int:
    """Return the Levenshtein distance of two short strings, a swap of neighbours counting one."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        above, row = row, [i]
        for j, b in enumerate(other, 1):
            cost = min(above[j] + 1, row[j - 1] + 1, above[j - 1] + (a != b))
            if i > 1 and j > 1 and a == other[j - 2] and one[i - 2] == b:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        before = above
    return row[-1]


def within_one_edit(one: str, other: str) -> bool:
    """Say whether one insertion, deletion, change or swap of neighbours makes `one` `other`."""
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    start = next(
        (i for i, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short)
    )
    if len(long) - len(short) > 1:
        return False
    if len(long) > len(short):
        return short[start:] == long[start + 1 :]
    swapped = short[start + 1 : start + 2] + short[start : start + 1] + short[start + 2 :]
    return short[start + 1 :] == long[start + 1 :] or swapped == long[start:]


def is_misspelling(key: str, name: str) -> bool:
    """Say whether a key is a name with a slip or two, not the name of something else.

    Spaces and a leading article don't count: "bodysnatchers" is "body snatchers". The longer the
    name, the more slips; "The Old Guard" is still not "The Guard".
    """
    one, other = _without_article(key), _without_article(name)
    return within_one_edit(one, other) or edits(one, other) <= len(other) // 8


def is_misspelt_person(key: str, name: str) -> bool:
    """Say whether a key is somebody's name, each word of it with at most a slip or two."""
    said, meant = key.split(), name.split()
    if len(said) != len(meant):
        return within_one_edit(key.replace(" ", ""), name.replace(" ", ""))
    return all(
        within_one_edit(one, other)
        or (min(len(one), len(other)) >= 6 and one[0] == other[0] and edits(one, other) <= 2)
        for one, other in zip(said, meant, strict=True)
    ) and any(one[:1] == other[:1] for one, other in zip(said, meant, strict=True))


def _without_article(key: str) -> str:
    words = key.split()
    if len(words) > 1 and words[0] in {"the", "a", "an"}:
        words = words[1:]
    return "".join(words)
