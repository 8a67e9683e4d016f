"""Frequent words, by which a language and an unfinished sentence are recognised."""

from __future__ import annotations

from .words import words_of

#: Words that no English sentence ends with.
UNFINISHED = frozenset(
    words_of(
        "a an the and or but nor if because than as of to with for from into about at by on in is are was were be been "
        "being who whom whose which that's i'm they're we're it's very my your their his her its our"
    )
)

#: Frequent words of English.
ENGLISH = frozenset(
    words_of(
        "a an the i i'm of and to in on at as with for from by about that this these those it it's its is are was be "
        "have has do don't not or but so if when while what where who which someone people person you your my me they "
        "their his her we would will want wants wanted like likes love loves more very no"
    )
)

#: Frequent words of German, French, Spanish, Italian, Portuguese and Dutch that are no English words.
OTHERS = frozenset(
    words_of(
        "der das und ist nicht ein eine einen einer mit f\u00fcr auf sich dem von zu wer jemand oder aber auch sie wie "
        "le les des du un une et est pas pour dans qui sur avec ce cette sont il elle ne au aux quelqu'un "
        "el los las y en que por para con una su del m\u00e1s es alguien quiere lo al como pero "
        "di il la che e per sono non gli della nel uno qualcuno vuole chi si da "
        "o os um uma em n\u00e3o mais ou algu\u00e9m quer seu sua dos das na "
        "het een de en niet voor dat op te iemand zijn naar maar ook"
    )
)
