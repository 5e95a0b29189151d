"""A small catalogue for tests: real films, facts only, written down from general knowledge.

It holds enough for the wish that runs through the tests: "something like Alien but funnier, under
two hours, nothing before 1980" has answers here, and titles that break each of the three.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from catalog.models import Credit, ExternalId, Genre, Person, Title
from catalog.slots import assign_slots

WISH = "something like Alien but funnier, under two hours, nothing before 1980"


class Film(NamedTuple):
    """Facts of one film. `runtime_min` None: unknown, on purpose."""

    imdb: str
    name: str
    year: int
    runtime_min: int | None
    genres: str
    director: str
    cast: str
    popularity: float


FILMS = (
    Film("0078748", "Alien", 1979, 117, "Horror, Science Fiction", "Ridley Scott",
         "Sigourney Weaver, Tom Skerritt", 0.95),
    Film("0090605", "Aliens", 1986, 137, "Action, Science Fiction", "James Cameron",
         "Sigourney Weaver, Michael Biehn", 0.93),
    Film("0177789", "Galaxy Quest", 1999, 102, "Adventure, Comedy, Science Fiction",
         "Dean Parisot", "Tim Allen, Sigourney Weaver", 0.8),
    Film("0119654", "Men in Black", 1997, 98, "Action, Comedy, Science Fiction",
         "Barry Sonnenfeld", "Will Smith, Tommy Lee Jones", 0.9),
    Film("0087332", "Ghostbusters", 1984, 105, "Comedy, Fantasy, Science Fiction",
         "Ivan Reitman", "Bill Murray, Sigourney Weaver", 0.92),
    Film("0094012", "Spaceballs", 1987, 96, "Comedy, Science Fiction", "Mel Brooks",
         "Mel Brooks, Rick Moranis", 0.75),
    Film("0100814", "Tremors", 1990, 96, "Comedy, Horror", "Ron Underwood",
         "Kevin Bacon, Fred Ward", 0.7),
    Film("0251075", "Evolution", 2001, 101, "Comedy, Science Fiction", "Ivan Reitman",
         "David Duchovny, Julianne Moore", 0.6),
    Film("0116996", "Mars Attacks!", 1996, 106, "Comedy, Science Fiction", "Tim Burton",
         "Jack Nicholson, Glenn Close", 0.72),
    Film("0087363", "Gremlins", 1984, 106, "Comedy, Fantasy, Horror", "Joe Dante",
         "Zach Galligan, Phoebe Cates", 0.78),
    Film("0090887", "Critters", 1986, None, "Comedy, Horror, Science Fiction", "Stephen Herek",
         "Dee Wallace, M. Emmet Walsh", 0.4),
    Film("0093260", "Innerspace", 1987, 120, "Adventure, Comedy, Science Fiction", "Joe Dante",
         "Dennis Quaid, Martin Short", 0.5),
    Film("0091949", "Short Circuit", 1986, 98, "Comedy, Science Fiction", "John Badham",
         "Ally Sheedy, Steve Guttenberg", 0.5),
    Film("0088763", "Back to the Future", 1985, 116, "Adventure, Comedy, Science Fiction",
         "Robert Zemeckis", "Michael J. Fox, Christopher Lloyd", 0.97),
    Film("0365748", "Shaun of the Dead", 2004, 99, "Comedy, Horror", "Edgar Wright",
         "Simon Pegg, Nick Frost", 0.85),
    Film("0106308", "Army of Darkness", 1992, 81, "Comedy, Fantasy, Horror", "Sam Raimi",
         "Bruce Campbell", 0.68),
    Film("0069945", "Dark Star", 1974, 83, "Comedy, Science Fiction", "John Carpenter",
         "Dan O'Bannon", 0.35),
    Film("0072431", "Young Frankenstein", 1974, 106, "Comedy, Horror", "Mel Brooks",
         "Gene Wilder, Peter Boyle", 0.74),
    Film("0084787", "The Thing", 1982, 109, "Horror, Science Fiction", "John Carpenter",
         "Kurt Russell, Keith David", 0.88),
    Film("0083658", "Blade Runner", 1982, 117, "Science Fiction, Thriller", "Ridley Scott",
         "Harrison Ford, Rutger Hauer", 0.91),
    Film("0088247", "The Terminator", 1984, 107, "Action, Science Fiction", "James Cameron",
         "Arnold Schwarzenegger, Linda Hamilton", 0.92),
    Film("0107290", "Jurassic Park", 1993, 127, "Adventure, Science Fiction",
         "Steven Spielberg", "Sam Neill, Laura Dern", 0.95),
    Film("0107048", "Groundhog Day", 1993, 101, "Comedy, Fantasy, Romance", "Harold Ramis",
         "Bill Murray, Andie MacDowell", 0.88),
    Film("0080339", "Airplane!", 1980, 88, "Comedy", "Jim Abrahams",
         "Robert Hays, Leslie Nielsen", 0.8),
    Film("0093779", "The Princess Bride", 1987, 98, "Adventure, Comedy, Romance", "Rob Reiner",
         "Cary Elwes, Robin Wright", 0.86),
    Film("0114709", "Toy Story", 1995, 81, "Animation, Comedy, Family", "John Lasseter",
         "Tom Hanks, Tim Allen", 0.93),
    Film("0211915", "Amélie", 2001, 122, "Comedy, Romance", "Jean-Pierre Jeunet",
         "Audrey Tautou, Mathieu Kassovitz", 0.87),
    Film("0335266", "Lost in Translation", 2003, 102, "Drama, Romance", "Sofia Coppola",
         "Bill Murray, Scarlett Johansson", 0.82),
    Film("0114369", "Seven", 1995, 127, "Crime, Mystery, Thriller", "David Fincher",
         "Brad Pitt, Morgan Freeman", 0.94),
    Film("0102926", "The Silence of the Lambs", 1991, 118, "Crime, Horror, Thriller",
         "Jonathan Demme", "Jodie Foster, Anthony Hopkins", 0.94),
    Film("0116282", "Fargo", 1996, 98, "Comedy, Crime, Thriller", "Joel Coen",
         "Frances McDormand, William H. Macy", 0.87),
    Film("0110912", "Pulp Fiction", 1994, 154, "Crime, Drama", "Quentin Tarantino",
         "John Travolta, Samuel L. Jackson", 0.97),
    Film("0112471", "Before Sunrise", 1995, 101, "Drama, Romance", "Richard Linklater",
         "Ethan Hawke, Julie Delpy", 0.78),
    Film("0099785", "Home Alone", 1990, 103, "Comedy, Family", "Chris Columbus",
         "Macaulay Culkin, Joe Pesci", 0.85),
)  # fmt: skip


def make_catalogue() -> dict[str, Title]:
    """Create the films with genres, credits, external ids and slots; return them by name."""
    titles = Title.objects.bulk_create(
        Title(name=f.name, year=f.year, runtime_min=f.runtime_min, popularity=f.popularity)
        for f in FILMS
    )
    ids = (
        ExternalId(title=title, source=ExternalId.Source.IMDB, value=f"tt{film.imdb}")
        for title, film in zip(titles, FILMS, strict=True)
    )
    ExternalId.objects.bulk_create(ids)
    add_genres(titles)
    add_credits(titles)
    assign_slots()
    return {title.name: title for title in Title.objects.all()}


def add_genres(titles: Sequence[Title]) -> None:
    names = sorted({name for film in FILMS for name in film.genres.split(", ")})
    genres = {
        genre.name: genre for genre in Genre.objects.bulk_create(Genre(name=name) for name in names)
    }
    links = Title.genres.through
    links.objects.bulk_create(
        links(title_id=title.pk, genre_id=genres[name].pk)
        for title, film in zip(titles, FILMS, strict=True)
        for name in film.genres.split(", ")
    )


def add_credits(titles: Sequence[Title]) -> None:
    named = [
        (title, role, billing, name)
        for title, film in zip(titles, FILMS, strict=True)
        for role, names in ((Credit.Role.DIRECTOR, film.director), (Credit.Role.CAST, film.cast))
        for billing, name in enumerate(names.split(", "))
    ]
    names = sorted({name for *_, name in named})
    people = {p.name: p for p in Person.objects.bulk_create(Person(name=name) for name in names)}
    Credit.objects.bulk_create(
        Credit(title=title, person=people[name], role=role, billing=billing)
        for title, role, billing, name in named
    )
