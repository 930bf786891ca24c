"""The letters that only case-folding changes, joiners and runs of blanks are folded: equal names fold alike."""

import re

from alembic import op

from switchroom.search_words import LONGEST_TEXT, LONGEST_WORD, SEPARATORS, TAG, UNSPACED

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_OLD = "ᲀᲁᲂᲃᲄᲅᲆᲇᲈ"
_NEW = "вдосттъѣꙋ"
# As `switchroom.texts.fold`, which SQLite calls itself.
_FOLD_TEXT = r"""
CREATE OR REPLACE FUNCTION fold_text(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT normalize(
    replace(replace(replace(
        translate(
            lower(regexp_replace(
                regexp_replace(normalize(value, NFKD), '[\u0300-\u0344\u0346-\u036F\u200C\u200D]', '', 'g'),
                '[\u0009-\u000D\u001C-\u0020\u0085\u1680\u2028\u2029]+', ' ', 'g') COLLATE "{collation}"),
            U&'\03C2\00F8\0111\0127\0131\0142\0345\1C80\1C81\1C82\1C83\1C84\1C85\1C86\1C87\1C88',
            U&'\03C3odhil\03B9\0432\0434\043E\0441\0442\0442\044A\0463\A64B'
        ),
        U&'\00DF', 'ss'), U&'\00E6', 'ae'), U&'\0153', 'oe'),
    NFKC)
$$
"""
_FOLD_TEXT_BEFORE = r"""
CREATE OR REPLACE FUNCTION fold_text(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT normalize(
    replace(replace(replace(
        translate(
            lower(regexp_replace(normalize(value, NFKD), '[\u0300-\u0344\u0346-\u036F]', '', 'g') COLLATE "{collation}"),
            U&'\03C2\00F8\0111\0127\0131\0142\0345',
            U&'\03C3odhil\03B9'
        ),
        U&'\00DF', 'ss'), U&'\00E6', 'ae'), U&'\0153', 'oe'),
    NFKC)
$$
"""
_SEARCH_WORDS = f"""
CREATE OR REPLACE FUNCTION search_words(value text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT coalesce(string_agg(
    CASE WHEN piece[1] ~ '^[{UNSPACED}]' THEN substr(piece[1], at, 2) ELSE left(piece[1], {LONGEST_WORD}) END,
    ' ' ORDER BY place, at), '')
FROM regexp_matches(fold_text({{without_tags}}),
    '[{UNSPACED}]+|[^{UNSPACED}{SEPARATORS}]+', 'g') WITH ORDINALITY AS found(piece, place),
    generate_series(1, CASE WHEN piece[1] ~ '^[{UNSPACED}]' THEN length(piece[1]) ELSE 1 END) AS at
$$"""
_WITHOUT_TAGS = f"regexp_replace(left(value, {LONGEST_TEXT}), '{TAG}', ' ', 'g')"
_WITHOUT_JOINERS = rf"translate({_WITHOUT_TAGS}, U&'\200C\200D', '  ')"


def upgrade() -> None:
    connection = op.get_bind()
    run = connection.exec_driver_sql
    if connection.dialect.name == "postgresql":
        _make(_FOLD_TEXT, _WITHOUT_JOINERS)
        run(
            f"UPDATE search_entries SET words = translate(words, '{_OLD}', '{_NEW}') WHERE words ~ '[{_OLD}]'"
        )
        return
    words = "words"
    for old, new in zip(_OLD, _NEW, strict=True):
        words = f"replace({words}, '{old}', '{new}')"
    run(f"UPDATE search_entries SET words = {words} WHERE words GLOB '*[{_OLD}]*'")


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        _make(_FOLD_TEXT_BEFORE, _WITHOUT_TAGS)


def _make(fold_text: str, without_tags: str) -> None:
    """Make both functions again, with the collation that migration 0004 found."""
    run = op.get_bind().exec_driver_sql
    source = run("SELECT prosrc FROM pg_proc WHERE proname = 'fold_text'").scalar_one()
    found = re.search(r'COLLATE "([^"]+)"', source)
    if found is None:
        raise RuntimeError("The function fold_text is not the one of migration 0004")
    run(fold_text.replace("{collation}", found[1]))
    run(_SEARCH_WORDS.replace("{without_tags}", without_tags))
