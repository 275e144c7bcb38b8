"""The only place that imports Great Expectations, and only when a suite has something for it: the import takes seconds.

Nothing is written: the context lives in memory, no Data Docs, no temporary tables, no telemetry, connections read-only with time limits.
"""

from __future__ import annotations

import contextlib
import logging
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from detect.errors import SchemaDrift, SourceUnavailable
from detect.quality.catalogue import snake_case

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["batch", "counting_classes", "datasource", "expectation_classes", "frame_batch", "quiet", "validate"]


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """Keep the library's own warnings and log lines from people: what matters comes back as outcomes."""
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


@contextlib.contextmanager
def datasource(url: str, statement_seconds: int) -> Iterator[Any]:
    """Open the warehouse read-only; raises SourceUnavailable, without the address, when it does not answer."""
    from great_expectations.datasource.fluent.interfaces import TestConnectionError

    context = _context()
    try:
        source = context.data_sources.add_sql(
            name="warehouse",
            connection_string=_address(url),
            create_temp_table=False,
            kwargs={"hide_parameters": True, **_limits(url, statement_seconds)},
        )
    except TestConnectionError:
        raise SourceUnavailable(
            "The warehouse did not answer when a suite was to be run",
            "Check that it runs and that its address is right.",
        ) from None
    try:
        yield source
    finally:
        source.get_execution_engine().close()
        source.get_engine().dispose()


def batch(source: Any, *, table: str, schema: str | None, query: str | None) -> Any:
    """Give the rows of `query`, or of the whole table where it is None; raises SchemaDrift when there is no such table."""
    from great_expectations.datasource.fluent.interfaces import TestConnectionError

    try:
        if query is None:
            asset = source.add_table_asset(name="table", table_name=table, schema_name=schema)
        else:
            text = _as_text(query, source.get_engine().dialect.paramstyle)
            asset = source.add_query_asset(name="day", query=text)
            _columns_without_rows(source.get_execution_engine().engine, text)
    except TestConnectionError:
        raise SchemaDrift(
            f"Table {table!r} cannot be read", "Correct the table's name, or the rights of the reader."
        ) from None
    return asset.add_batch_definition_whole_table("rows").get_batch()


def frame_batch(frame: pd.DataFrame) -> Any:
    """Give the rows of a frame."""
    asset = _context().data_sources.add_pandas("frames").add_dataframe_asset("rows")
    return asset.add_batch_definition_whole_dataframe("rows").get_batch({"dataframe": frame})


def expectation_classes() -> dict[str, Any]:
    """Give the library's expectations by their snake_case names."""
    import great_expectations.expectations as library

    return {snake_case(n): getattr(library, n) for n in dir(library) if n.startswith(("Expect", "Unexpected"))}


@cache
def counting_classes() -> dict[str, Any]:
    """Give the library's expectations, those on rows without the statement that fetches values: they count, and nothing more.

    The counts of all of them then come from one statement, however many there are.
    """
    return {
        name: _counting(kind) if getattr(kind, "map_metric", None) else kind
        for name, kind in expectation_classes().items()
    }


def _counting(kind: Any) -> Any:
    values = f"{kind.map_metric}.unexpected_values"

    def counts(self: Any, *args: Any, **kwargs: Any) -> Any:
        needed = kind.get_validation_dependencies(self, *args, **kwargs)
        if values in needed.get_metric_names():
            needed.remove_metric_configuration(values)
        return needed

    return type(f"{kind.__name__}Counting", (kind,), {"get_validation_dependencies": counts, "__module__": __name__})


def validate(rows: Any, built: Sequence[Any], result_format: Mapping[str, Any]) -> list[Any]:
    """Run the expectations in the database; one answer each, in no particular order."""
    import great_expectations as gx

    suite = gx.ExpectationSuite(name="suite", expectations=list(built))
    return list(rows.validate(suite, result_format=dict(result_format)).results)


def _context() -> Any:
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.enable_analytics(enable=False)
    context.variables.progress_bars = ProgressBarsConfig(globally=False)
    return context


def _as_text(query: str, paramstyle: str) -> str:
    """Undo the doubling of `%` that a statement compiled for such a driver has, for the library doubles it itself."""
    return query.replace("%%", "%") if paramstyle in {"format", "pyformat"} else query


def _columns_without_rows(engine: Any, query: str) -> None:
    """Let the library learn the columns of a query from no row of it.

    To name them it sends the query whole and looks at the result's head alone; the driver would fetch every row of the day.
    """
    from great_expectations.compatibility import sqlalchemy as theirs

    event = getattr(theirs, "sqlalchemy").event  # noqa: B009 - the library does not say that it exports it

    def cut(_: Any, __: Any, statement: str, parameters: Any, *___: Any) -> tuple[str, Any]:
        if statement.replace("%%", "%").strip() != query.strip():
            return statement, parameters
        return f"SELECT * FROM ({statement}) AS yj_head LIMIT 0", parameters  # noqa: S608 - the statement itself, cut

    event.listen(engine, "before_cursor_execute", cut, retval=True)


def _address(url: str) -> str:
    """Open an SQLite file without the right to write or create it, PostgreSQL by psycopg 3.

    `$` is escaped, for the library would look up what follows as a variable.
    """
    url = re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url.replace("$", "%24"))
    for prefix in ("sqlite:///", "sqlite+pysqlite:///"):
        path = url.removeprefix(prefix)
        if path != url and path and not path.startswith((":memory:", "file:")):
            return f"sqlite:///file:{quote(path.partition('?')[0], safe='/%')}?mode=ro&uri=true"
    return url


def _limits(url: str, seconds: int) -> dict[str, Any]:
    if not url.startswith("postgres"):
        return {}
    options = f"-c statement_timeout={seconds * 1000} -c lock_timeout=5000 -c default_transaction_read_only=on"
    return {"connect_args": {"options": options, "connect_timeout": 10}}
