"""Suggest what nobody has described yet: ontology terms, content notes and keywords of titles.

Three suggesters and their mixture read a title's facts and synopsis. What they say waits as a
`catalog.models.Suggestion` until an editor accepts it; no answer uses it before.

    types       what goes in and comes out
    references  the titles that somebody has described: what the suggesters learn from
    reading     a title as a machine reads it: document, facts as numbers, words
    keyword     words of terms, and the genres that they lean to: needs no reference
    nearest     what the most similar references have
    mixture     all of it, weighed by a logistic regression that is fitted in closed steps
    judging     GenRec's yes or no to each of the mixture's candidates
    evaluation  how good each is, on references that it has not seen
    queueing    which titles first; writing, the suggestions into the catalogue
"""
