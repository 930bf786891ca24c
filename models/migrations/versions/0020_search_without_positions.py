"""An index of the search that keeps no positions: pairs of words in their place, and beginnings of words.

SQLite: FTS5 without positions, whose text is an entry's words and pairs (`search_texts`). PostgreSQL: a GIN index of
lexemes that are stored nowhere else, and `search_find`, which asks it for the newest entries first.
"""

from alembic import op

from switchroom.search_words import FIRST_PAIR

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_TEXT = "{row}.words || ' ' || search_pairs({row}.words)"
_NEW, _OLD = _TEXT.format(row="NEW"), _TEXT.format(row="OLD")
_TRIGGERS = ("insert", "delete", "update")
_SQLITE = (
    "CREATE VIEW search_texts AS SELECT number, words || ' ' || search_pairs(words) AS words FROM search_entries",
    """CREATE VIRTUAL TABLE search_index USING fts5(
        words, content='search_texts', content_rowid='number', tokenize="ascii tokenchars '='", detail=none,
        prefix='2 3 4 5 6 7 8 9 10 11 12')""",
    f"""CREATE TRIGGER search_entries_insert AFTER INSERT ON search_entries BEGIN
        INSERT INTO search_index (rowid, words) VALUES (NEW.number, {_NEW});
    END""",
    f"""CREATE TRIGGER search_entries_delete AFTER DELETE ON search_entries BEGIN
        INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', OLD.number, {_OLD});
    END""",
    f"""CREATE TRIGGER search_entries_update AFTER UPDATE OF words ON search_entries WHEN OLD.words <> NEW.words BEGIN
        INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', OLD.number, {_OLD});
        INSERT INTO search_index (rowid, words) VALUES (NEW.number, {_NEW});
    END""",
    "INSERT INTO search_index (search_index) VALUES ('rebuild')",
)
_SQLITE_BEFORE = (
    """CREATE VIRTUAL TABLE search_index USING fts5(
        words, content='search_entries', content_rowid='number', tokenize="ascii tokenchars '='", prefix='2 3')""",
    """CREATE TRIGGER search_entries_insert AFTER INSERT ON search_entries BEGIN
        INSERT INTO search_index (rowid, words) VALUES (NEW.number, NEW.words);
    END""",
    """CREATE TRIGGER search_entries_delete AFTER DELETE ON search_entries BEGIN
        INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', OLD.number, OLD.words);
    END""",
    """CREATE TRIGGER search_entries_update AFTER UPDATE OF words ON search_entries WHEN OLD.words <> NEW.words BEGIN
        INSERT INTO search_index (search_index, rowid, words) VALUES ('delete', OLD.number, OLD.words);
        INSERT INTO search_index (rowid, words) VALUES (NEW.number, NEW.words);
    END""",
    "INSERT INTO search_index (search_index) VALUES ('rebuild')",
)
_POSTGRESQL = (
    "DROP INDEX ix_search_entries_lexemes",
    "ALTER TABLE search_entries DROP COLUMN lexemes",
    "DROP FUNCTION search_lexemes(text)",
    # Its cost keeps the planner from calling it for rows that it reads in another order. It calls no function of ours: an
    # index is restored and rebuilt where these are not in the search path.
    f"""CREATE FUNCTION search_lexemes(number bigint, words text) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100000 AS $$
DECLARE
    lexemes text[] := ARRAY[
        '=12.' || (number >> 12), '=15.' || (number >> 15), '=18.' || (number >> 18), '=21.' || (number >> 21)];
    word text;
    before text;
BEGIN
    FOREACH word IN ARRAY string_to_array(words, ' ') LOOP
        CONTINUE WHEN word = '';
        lexemes := lexemes || word;
        CONTINUE WHEN left(word, 1) = '=';
        IF before IS NOT NULL THEN
            lexemes := lexemes || chr({FIRST_PAIR} + ('x' || left(
                encode(sha256(convert_to(before || ' ' || word, 'UTF8')), 'hex'), 5))::bit(20)::int / 2);
        END IF;
        FOR letters IN 2 .. least(length(word), 8) LOOP
            lexemes := lexemes || (left(word, letters) || '~');
        END LOOP;
        before := word;
    END LOOP;
    RETURN array_to_tsvector(lexemes);
END
$$""",
    """CREATE INDEX ix_search_entries_lexemes ON search_entries USING gin (search_lexemes(number, words))
WITH (gin_pending_list_limit = 256)""",
    # Asks for the newest entries first, and then for ever larger parts of what is older, until it has enough. With `+ 0`
    # the planner does not read the numbers' own index.
    """CREATE FUNCTION search_find(
    sought tsquery, levels int[], chats jsonb, phrases text[], before bigint, wanted int
) RETURNS TABLE (number bigint, object_id text, words text) LANGUAGE plpgsql STABLE AS $$
DECLARE
    level int;
    part tsquery;
    upper bigint := before;
    lower bigint;
    found int;
BEGIN
    SELECT least(before, max(entry.number) + 1) INTO upper FROM search_entries AS entry;
    FOREACH level IN ARRAY levels || 0 LOOP
        EXIT WHEN wanted <= 0 OR upper IS NULL OR upper <= 0;
        IF level = 0 OR (upper - 1) >> level < 2 THEN
            lower := 0;
            part := sought;
        ELSE
            lower := (((upper - 1) >> level) - 1) << level;
            part := sought && ('''=' || level || '.' || ((upper - 1) >> level) || ''' | ''='
                || level || '.' || (((upper - 1) >> level) - 1) || '''')::tsquery;
        END IF;
        RETURN QUERY SELECT entry.number, entry.object_id::text, left(entry.words, 20000)
        FROM search_entries AS entry
        WHERE search_lexemes(entry.number, entry.words) @@ part
            AND entry.number + 0 < upper AND entry.number + 0 >= lower
            AND (chats IS NULL OR chats ? substr(entry.words, 3, 32))
            AND (phrases IS NULL OR ' ' || entry.words || ' ' LIKE ALL (phrases))
        ORDER BY entry.number DESC LIMIT wanted;
        GET DIAGNOSTICS found = ROW_COUNT;
        wanted := wanted - found;
        upper := lower;
    END LOOP;
END
$$""",
)
_POSTGRESQL_BEFORE = (
    "DROP FUNCTION search_find(tsquery, int[], jsonb, text[], bigint, int)",
    "DROP INDEX ix_search_entries_lexemes",
    "DROP FUNCTION search_lexemes(bigint, text)",
    """CREATE FUNCTION search_lexemes(words text) RETURNS tsvector LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$
SELECT string_agg('''' || word || ''':' || least(place, 16383), ' ')::tsvector
FROM unnest(string_to_array(words, ' ')) WITH ORDINALITY AS found(word, place) WHERE word <> ''
$$""",
    "ALTER TABLE search_entries ADD COLUMN lexemes tsvector GENERATED ALWAYS AS (search_lexemes(words)) STORED",
    "CREATE INDEX ix_search_entries_lexemes ON search_entries USING gin (lexemes)",
)


def upgrade() -> None:
    run = op.get_bind().exec_driver_sql
    if op.get_bind().dialect.name == "sqlite":
        _drop_index()
    for statement in _POSTGRESQL if op.get_bind().dialect.name == "postgresql" else _SQLITE:
        run(statement)


def downgrade() -> None:
    run = op.get_bind().exec_driver_sql
    if op.get_bind().dialect.name == "sqlite":
        _drop_index()
        run("DROP VIEW search_texts")
    for statement in _POSTGRESQL_BEFORE if op.get_bind().dialect.name == "postgresql" else _SQLITE_BEFORE:
        run(statement)


def _drop_index() -> None:
    run = op.get_bind().exec_driver_sql
    for event in _TRIGGERS:
        run(f"DROP TRIGGER search_entries_{event}")
    run("DROP TABLE search_index")
