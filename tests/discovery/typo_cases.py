"""Wishes that are spelt right, with the slots that they mean. Written for the typo suite.

A line is "wish | slot=value; slot=value": values as in the Query, names by their labels.
"""

from __future__ import annotations

CASES = """
a comedy from the eighties under two hours | genres_all=Comedy; year_min=1980; year_max=1989; runtime_max=120
science fiction by Christopher Nolan | genres_all=Science Fiction; people_required=Christopher Nolan
Christopher Nolan scifi under 2 hours | people=Christopher Nolan; genres_all=Science Fiction; runtime_max=120
a grim thriller without violence | genres_all=Thriller; content_max.violence=0; moods=bleak
something like Gladiator but shorter than two hours | like=Gladiator (2000); runtime_max=120
horror but not gory | genres_all=Horror; content_max.gore=1
a French romance after 1990 | countries=France; genres_all=Romance; year_min=1991
a feel-good musical for the kids | moods=feel-good; genres_all=Musical; age_max=10
a documentary about penguins, no longer than 90 minutes | genres_all=Documentary; runtime_max=90
three comedies and a drama | quotas.Comedy=3; quotas.Drama=1; count=4
two films in four hours | count=2; runtime_total=240
we have three hours for two movies | count=2; runtime_total=180
westerns from the sixties | genres_all=Western; year_min=1960; year_max=1969
a film directed by Sofia Coppola | people_required=Sofia Coppola
starring Meryl Streep | people_required=Meryl Streep
movies with Harrison Ford from the seventies | people_required=Harrison Ford; year_min=1970; year_max=1979
nothing with Nicolas Cage | people_none=Nicolas Cage
a drama without Brad Pitt | genres_all=Drama; people_none=Brad Pitt
funny and romantic | moods=funny; moods=romantic
something creepy for halloween | moods=creepy; moods=spooky
animation for my seven year old | genres_all=Animation; age_max=7
with my children, 6 and 9 | age_max=6
no horror please | genres_none=Horror
no musicals and no westerns | genres_none=Musical; genres_none=Western
comedy without romance | genres_all=Comedy; genres_none=Romance
a Korean thriller | countries=South Korea; genres_all=Thriller
in Spanish with English subtitles | languages=Spanish
Japanese animation from the nineties | countries=Japan; genres_all=Animation; year_min=1990; year_max=1999
an Italian western | countries=Italy; genres_all=Western
something similar to Inception | like=Inception (2010)
like Casablanca but funnier | like=Casablanca (1942); moods=funny
more like Whiplash than Notting Hill | like=Whiplash (2014); unlike=Notting Hill (1999)
I loved Interstellar and Gravity | like=Interstellar (2014); like=Gravity (2013)
I have already seen Parasite | exclude_titles=Parasite (2019)
nothing like Shrek | unlike=Shrek (2001)
a heist movie | themes=heist
time travel but not too complicated | themes=time travel
a space adventure | genres_all=Adventure; themes=outer space
a slow and dreamy film | moods=meditative; moods=surreal
black comedy from Britain | genres_all=Comedy; moods=black comedy; countries=United Kingdom
hidden gems from the 2000s | novelty=unusual; year_min=2000; year_max=2009
something different from my usual | novelty=unusual
not the usual for me | novelty=unusual
a popular blockbuster | novelty=usual; moods=crowd-pleaser
I have ninety minutes | runtime_max=90
we only have an hour and a half | runtime_max=90
at least two hours long | runtime_min=120
over three hours | runtime_min=180
between 1990 and 1999 | year_min=1990; year_max=1999
nothing before 1980 | year_min=1980
nothing after 1970 | year_max=1970
older than 1960 | year_max=1959
since 2005 | year_min=2005
recent horror films | year_min=2004; genres_all=Horror
from this century | year_min=2000
a thriller or a mystery | genres_any=Thriller; genres_any=Mystery
comedies or dramas with Julia Roberts | genres_any=Comedy; genres_any=Drama; people_required=Julia Roberts
five thrillers | count=5; genres_all=Thriller
give me four documentaries | count=4; genres_all=Documentary
surprising and clever plot twists | moods=twisty; moods=clever plotting
not too scary | content_max.scary=1
without swearing | content_max.language=0
no nudity and no gore | content_max.sex=0; content_max.gore=0
nothing violent | content_max.violence=1
less violent | content_max.violence=1
a tense courtroom drama | moods=tense; genres_all=Drama; themes=courtroom
heartwarming family film | moods=heartwarming; genres_all=Family
something sad that makes me cry | moods=sad
a quirky romantic comedy | moods=quirky; genres_all=Romance; genres_all=Comedy
an exciting action movie | moods=exciting; genres_all=Action
a satirical comedy | moods=satirical; genres_all=Comedy
a cosy mystery | moods=cosy; genres_all=Mystery
a gritty crime film from the seventies | moods=gritty; genres_all=Crime; year_min=1970; year_max=1979
suspenseful and unsettling | moods=tense; moods=creepy
only on Netflix | availability=Netflix
available on Disney plus | availability=Disney+
surprise me | 
war films directed by Steven Spielberg | genres_all=War; people_required=Steven Spielberg
a biopic from the last ten years | genres_all=Biography; year_min=2004
a Swedish drama from before 1970 | countries=Sweden; genres_all=Drama; year_max=1969
German films from the twenties | countries=Germany; countries=West Germany; year_min=1920; year_max=1929
no subtitles please | languages=English
in French or Italian | languages=French; languages=Italian
something by Quentin Tarantino | people_required=Quentin Tarantino
Wes Anderson movies | people_required=Wes Anderson
written by Nora Ephron | people_required=Nora Ephron
with Audrey Hepburn, something charming | people_required=Audrey Hepburn; moods=charming
like The Godfather but shorter than two hours | like=The Godfather (1972); runtime_max=120
like Amelie, whimsical and colourful | like=Amélie (2001); moods=whimsical
similar to Memento and Inception | like=Memento (2000); like=Inception (2010)
a mix of Alien and Jaws | like=Alien (1979); like=Jaws (1975)
except Titanic | exclude_titles=Titanic (1997)
a family adventure under 100 minutes | genres_all=Family; genres_all=Adventure; runtime_max=100
a short film under thirty minutes | runtime_max=30
an epic over two and a half hours | runtime_min=150; moods=epic
a weird fantasy | moods=weird; genres_all=Fantasy
a bleak science fiction film without aliens | moods=bleak; moods=less aliens; genres_all=Science Fiction
a relaxing documentary for tonight | moods=relaxing; genres_all=Documentary
a scary movie with Jack Nicholson | moods=scary; people_required=Jack Nicholson
nothing depressing | moods=less bleak
not too sad | moods=less sad
less romantic, more thrilling | moods=less romance; moods=tense
inspiring sports movies | moods=inspiring; genres_all=Sport
an underrated thriller from Argentina | novelty=unusual; genres_all=Thriller; countries=Argentina
six horror films from the eighties | count=6; genres_all=Horror; year_min=1980; year_max=1989
two comedies and three thrillers | quotas.Comedy=2; quotas.Thriller=3; count=5
a double feature in five hours | count=2; runtime_total=300
something nostalgic from the eighties | moods=nostalgic; year_min=1980; year_max=1989
a witty comedy starring Emma Thompson | moods=witty; genres_all=Comedy; people_required=Emma Thompson
an Australian horror film | countries=Australia; genres_all=Horror
Brazilian dramas since 1995 | countries=Brazil; genres_all=Drama; year_min=1995
a musical with Judy Garland | genres_all=Musical; people_required=Judy Garland
a haunting Danish drama | moods=haunting; countries=Denmark; genres_all=Drama
early nineties action films | year_min=1990; year_max=1993; genres_all=Action
late sixties westerns | year_min=1967; year_max=1969; genres_all=Western
a mystery in black and white | genres_all=Mystery; year_max=1969
about ninety minutes long | runtime_min=75; runtime_max=105
a series about detectives | kinds=series; themes=detective work
suitable for children | age_max=10
for my teenagers | age_max=13
with my eight year old daughter, something magical | age_max=8; moods=whimsical
kid friendly adventure films | age_max=10; genres_all=Adventure
a movie like Spirited Away for the children | like=Spirited Away (2001); age_max=10
I hated Titanic and loved Gladiator | unlike=Titanic (1997); like=Gladiator (2000)
a chilling thriller by Alfred Hitchcock | moods=scary; genres_all=Thriller; people_required=Alfred Hitchcock
something hilarious with Bill Murray | moods=funny; people_required=Bill Murray
"""  # noqa: E501
