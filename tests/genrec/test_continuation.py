"""What reads like a viewing history instead of an answer, and what does not."""

from __future__ import annotations

import random

import pytest

from genrec.continuation import is_continuation
from genrec.history_prompts import FORMS, as_log, as_verbalized, history_prompts

CONTINUATIONS = [
    "Thursday 3PM 4 days ago played",
    "Wednesday 7PM 27 days ago play Stranger Things",
    "Sunday, 10:30 PM, 2 days ago watched Heat",
    'Thursday 3 p.m. 4 days ago played "Alien"',
    ' Liked 3 days ago: "Alien (1979)".',
    'Seen today: "Heat (1995)".',
    "Played 1 day ago: Amélie (2001)",
    'Sure!\nSaved 12 days ago: "Jaws (1975)".',
    'You may enjoy it. Liked 400 days ago: "Psycho (1960)".',
    "This week: Liked: Alien",
    "Earlier: Seen: The Thing Today: Played: Jaws",
    "This month: Saved: Fargo",
    "4 days ago played Alien (1979)",
    '3 days ago watched "The Matrix"',
    "Yesterday watched Toy Story (1995), then went to bed",
    "<|title_123|><|title_88|>",
    "<title 17> <title 4>",
    "[item_12] [item_90] [item_3]",
    "<slot_4>",
    "<|history|>",
    'Liked "Alien".\nLiked "Heat".\nSeen "Jaws".',
    "Played: Alien (1979)\nPlayed: Heat (1995)",
    "- Watched Alien (1979)\n- Watched Aliens (1986)\n- Rated Heat (1995)",
    '1. Played "Toy Story"\n2. Played "Up"',
    "Monday 8PM: Fargo\nTuesday 9PM: Heat",
    "Friday, 21:15 - Alien\nSaturday, 20:00 - Aliens",
    "Alien (1979), 9 PM\nHeat (1995), 10 PM\nJaws (1975), 8:30 PM",
    '"Alien" 3 days ago, "Heat" 5 days ago, "Jaws" 9 days ago',
    "9 PM Alien (1979)\n10 PM Heat (1995)\n11 PM Jaws (1975)",
    "Alien (1979), Heat (1995), Jaws (1975), Fargo (1996), Psycho (1960), Up (2009)",
    "Alien (1979)\nHeat (1995)\nJaws (1975)\nFargo (1996)\nPsycho (1960)",
    "2 days ago: Alien (1979)\n5 days ago: Heat (1995)",
]

ANSWERS = [
    "",
    "Paris.",
    "I liked how tense it was.",
    "You seem to like science fiction with a dark mood.",
    "Alien (1979) fits because it is tense and claustrophobic.",
    "Because you liked Alien (1979), you may enjoy the slow dread of The Thing (1982).",
    "1. Alien (1979)\n2. Heat (1995)\n3. Jaws (1975)\n4. Fargo (1996)\n5. Psycho (1960)",
    "- Alien\n- Heat\n- Jaws",
    "Alien, Heat and Jaws.",
    "Three thrillers: Heat (1995), Fargo (1996) and Psycho (1960).",
    "The meeting is on Thursday at 3 PM.",
    "On Monday we bake, on Tuesday we rest.",
    "The train leaves at 9:15 and arrives at 10 PM.",
    "It came out 40 years ago and is still scary.",
    "I saw a fox three days ago.",
    "Dinosaurs lived 66 million years ago.",
    "Yesterday it rained; today the sun shines.",
    '{"brooding": "mood", "chess": "theme"}',
    "Do you want something light or something tense tonight?",
    "Not known.",
    "Ridley Scott.",
    "A. Ridley Scott",
    "True.",
    "Yes, it takes 117 minutes.",
    "Played by Sigourney Weaver, Ripley is the hero of Alien (1979).",
    "Liked by critics, Heat (1995) is a long crime film.",
    "The song was played today at the wedding.",
    "You have watched many horror films this year, so a comedy may be a nice change.",
    "Good morning! How can I help you today?",
    "Today: sunny. Tomorrow: rain.",
    "def add(a, b):\n    return a + b",
    "Saved files are in the folder; played games are not.",
    "First boil the water. Then add the tea. Wait 5 minutes.",
    'Say "hello" to your friend and "good night" to your mother.',
    "MONDAY, TUESDAY, WEDNESDAY",
    "We watched the match on Friday and the opera on Saturday.",
]


def test_there_are_enough_of_both() -> None:
    assert len(set(CONTINUATIONS)) >= 25
    assert len(set(ANSWERS)) >= 25


@pytest.mark.parametrize("text", CONTINUATIONS)
def test_histories_are_found(text: str) -> None:
    assert is_continuation(text)


@pytest.mark.parametrize("text", ANSWERS)
def test_answers_are_left_alone(text: str) -> None:
    assert not is_continuation(text)


@pytest.mark.parametrize("form", [as_verbalized, as_log])
def test_what_our_own_verbalization_writes_is_found(form) -> None:  # type: ignore[no-untyped-def]
    titles = ["Alien (1979)", "Heat (1995)", "Paddington (2014)"]
    for seed in range(20):
        assert is_continuation(form(titles, random.Random(seed)))


def test_history_prompts_come_in_every_form() -> None:
    prompts = history_prompts(60, seed=3)
    assert prompts == history_prompts(60, seed=3)
    texts = [prompt[-1]["content"] for prompt in prompts]
    assert len(set(texts)) == 60
    logs = sum("days ago played" in text for text in texts)
    assert 0 < logs < 60
    assert len(FORMS) == 3
