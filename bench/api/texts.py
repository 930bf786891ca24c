"""Texts of chats as people write them: several languages, and words that are as unequally common as in real ones.

The commonest words are real. The rest are made of syllables, so that words share beginnings as real words do. The word
of rank r is written with the frequency 1 / (r + 2.7), after Zipf and Mandelbrot. Chinese is drawn likewise, by
character. The same seed gives the same texts.
"""

import random
from collections.abc import Iterator
from itertools import accumulate, product

WORDS = 20_000
"""Words of each language."""
_COMMON = {
    "en": "the be to of and a in that have I it for not on with he as you do at this but his by from they we say her "
    "she or an will my one all would there their what so up out if about who get which go me when make can like time "
    "no just him know take people into year your good some could them see other than then now look only come its over "
    "think also back after use two how our work first well way even new want because any these give day most us call "
    "meeting contract invoice customer project report please thanks tomorrow",
    "de": "der die und in den von zu das mit sich des auf für ist im dem nicht ein eine als auch es an werden aus er "
    "hat dass sie nach wird bei einer um am sind noch wie einem über einen so zum war haben nur oder aber vor zur bis "
    "mehr durch man Straße Größe Rückruf Vertrag Rechnung",
    "fr": "de la le et les des en un du une que est pour qui dans a par plus pas au sur ne se ce il sont avec mais "
    "comme ou si leur y dont tout nous sa où été très même réunion déjà près élève contrat facture",
    "es": "de la que el en y a los se del las un por con no una su para es al lo como más o pero sus le ha me si sin "
    "sobre este ya entre cuando todo esta ser son dos también fue había año señor mañana reunión contrato",
    "ru": "и в не на я быть он с что а по это она этот к но они мы весь который из у то за свой ещё что от так вы все "
    "мочь о для год же такой только себя один тот когда договор встреча звонок",
}
_SYLLABLES = {
    "en": "con tra in ter pro ment tion er ly ing re de pre com per sub al ist or ness un dis able ex form port",
    "de": "ver be ge ent auf ab ein ung heit keit lich schaft zu an stell trag sprech geb mel kauf für über",
    "fr": "con dé ré in tion ment eur age pré sur por ten fai pren té able ouv cham bre mar che lé",
    "es": "con de in ción mente dor re ado ida pro per tra ble ar er ción ñe mar ca sol vi do",
    "ru": "по при про раз вы за на об ние ость тель ный ство ка ло ва ра ти ся ко ми де",
}
_SHARES = {"en": 60, "de": 12, "fr": 10, "es": 8, "ru": 5, "zh": 5}
"""Of a hundred texts, how many are of a language."""
_CHARACTERS = [chr(code) for code in range(0x4E00, 0x4E00 + 3000)]


def texts(count: int, seed: int = 1) -> Iterator[str]:
    """Return so many texts: of 3 to 24 words, or of 6 to 40 Chinese characters."""
    chance = random.Random(seed)
    vocabularies = {language: _vocabulary(language, chance) for language in _SHARES}
    weights = {language: _zipf(len(words)) for language, words in vocabularies.items()}
    shares = list(accumulate(_SHARES.values()))
    languages = list(_SHARES)
    for _ in range(count):
        language = chance.choices(languages, cum_weights=shares)[0]
        few, many = (6, 40) if language == "zh" else (3, 24)
        length = few + int((many - few) * chance.random() ** 2)
        words = chance.choices(vocabularies[language], cum_weights=weights[language], k=length)
        if language == "zh":
            words[length // 2] = "，"
        yield ("" if language == "zh" else " ").join(words)


def _vocabulary(language: str, chance: random.Random) -> list[str]:
    if language == "zh":
        return chance.sample(_CHARACTERS, len(_CHARACTERS))
    common = list(dict.fromkeys(_COMMON[language].split()))
    syllables = _SYLLABLES[language].split()
    made = ["".join(parts) for length in (2, 3, 4) for parts in product(syllables, repeat=length)][
        : 4 * WORDS
    ]
    return common + chance.sample(made, WORDS - len(common))


def _zipf(count: int) -> list[float]:
    return list(accumulate(1 / (rank + 2.7) for rank in range(1, count + 1)))
