import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gzviewer.core.errors import CatalogError
from gzviewer.io.catalogs import open_catalog, text
from gzviewer.io.catalogs.cells import column_of_arrow, column_of_cells

CELLS = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.floats().map(repr),
    st.sampled_from(
        [
            "",
            " ",
            "nan",
            "NA",
            "True",
            "False",
            "true",
            "007",
            "+5",
            "-0",
            "1.",
            ".5",
            "1e5",
            "+1.5",
            "--",
            "spiral",
        ]
    ),
    st.text(st.characters(min_codepoint=32, max_codepoint=0x24F), max_size=6),
)


@given(st.lists(st.integers(-(2**63), 2**63 - 1), min_size=2, unique=True))
def test_long_ids_come_back_digit_by_digit(tmp_path_factory, ids):
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_text("objid,x\n" + "".join(f" {id_} , 1\n" for id_ in ids))
    assert open_catalog(path).ids.tolist() == [str(id_) for id_ in ids]


@given(st.lists(CELLS, min_size=1, max_size=8))
def test_both_readers_of_cells_agree(cells):
    import pyarrow as pa

    slow, quick = column_of_cells(cells), column_of_arrow(pa.chunked_array([cells]))
    assert slow.dtype.kind == quick.dtype.kind
    np.testing.assert_array_equal(slow, quick)


@pytest.mark.parametrize(
    ("cells", "kind", "values"),
    [
        (["1", "", "3"], "f", [1, np.nan, 3]),
        (["587722952231026744", ""], "U", ["587722952231026744", ""]),
        (["587722952231026744", "1.5"], "U", ["587722952231026744", "1.5"]),
        (["9223372036854775808"], "U", ["9223372036854775808"]),
        (["007", "8"], "U", ["007", "8"]),
        (["1.0", "2"], "f", [1, 2]),
        (["True", "false"], "b", [True, False]),
        (["True", ""], "U", ["True", ""]),
        (["NA", "odd"], "U", ["NA", "odd"]),
        (["", ""], "f", [np.nan, np.nan]),
    ],
)
def test_a_column_is_what_all_its_cells_are(cells, kind, values):
    column = column_of_cells(cells)
    assert column.dtype.kind == kind
    np.testing.assert_array_equal(column, values)


@pytest.fixture(params=["small", "large"])
def either_reader(request, monkeypatch):
    """Both ways of reading, whatever the size of the file."""
    monkeypatch.setattr(text, "SMALL", 10**9 if request.param == "small" else 0)


def opened(tmp_path, content, name="a.csv"):
    (tmp_path / name).write_text(content)
    return open_catalog(tmp_path / name)


@pytest.mark.usefixtures("either_reader")
class TestLayouts:
    def test_comments_before_and_between_are_passed_over(self, tmp_path):
        catalog = opened(tmp_path, "#Table1\nid,x\na,1\n# a remark\nb,2\n")
        assert catalog.ids.tolist() == ["a", "b"]
        assert catalog.notes == ()

    def test_a_header_that_is_a_comment_is_used(self, tmp_path):
        catalog = opened(tmp_path, "# made by hand\n# DR7OBJID,RA,DEC\n1 , 2.5 , 3\n2 , 3.5 , 4\n")
        assert catalog.column_names == ("DR7OBJID", "RA", "DEC")
        assert catalog.ra.tolist() == [2.5, 3.5]
        assert "comment" in catalog.notes[0]

    def test_without_a_header_columns_are_numbered_and_it_is_said(self, tmp_path):
        catalog = opened(tmp_path, "5,spiral\n6,odd\n")
        assert catalog.column_names == ("column_1", "column_2")
        assert len(catalog) == 2
        assert "no header" in catalog.notes[0]

    def test_a_preamble_in_prose_before_columns_of_spaces_is_left_out(self, tmp_path):
        rows = "".join(f"   {number}   1.5  -2.5\n" for number in range(30))
        catalog = opened(tmp_path, f"Data of a paper\nColumns are (1) id (2) x\n\n{rows}", "a.txt")
        assert len(catalog) == 30
        assert "2 lines before the table" in catalog.notes[0]

    def test_empty_and_repeated_names_become_unique(self, tmp_path):
        assert opened(tmp_path, ",ra,ra\n1,2,3\n").column_names == ("column_1", "ra", "ra_2")

    def test_cells_in_quotes_may_hold_commas_quotes_and_new_lines(self, tmp_path):
        catalog = opened(tmp_path, 'id,note\na,"x, ""y""\nz"\nb, "w"\n')
        assert catalog.column("note").tolist() == ['x, "y"\nz', "w"]

    def test_lines_of_another_length_are_left_out_and_counted(self, tmp_path):
        body = "".join(f"g{number},{number}\n" for number in range(20))
        catalog = opened(tmp_path, f"id,x\n{body}broken\nworse,1,2\n")
        assert len(catalog) == 20
        assert "2 lines" in catalog.notes[0]

    def test_a_list_of_ids_alone_is_a_table(self, tmp_path):
        assert opened(tmp_path, "objid\n12\n13\n").ids.tolist() == ["12", "13"]

    def test_old_line_ends_and_old_encodings_are_read(self, tmp_path):
        (tmp_path / "a.csv").write_bytes("id,who\r1,Zürich\r2,Łódź".encode("latin-1", "replace"))
        assert open_catalog(tmp_path / "a.csv").column("who")[0] == "Zürich"


def test_prose_is_no_table(tmp_path):
    with pytest.raises(CatalogError, match=r"a.txt is no table"):
        opened(
            tmp_path,
            "Dear reader,\nthis is a letter of several lines.\nIt has no columns at all.\nBye\n",
            "a.txt",
        )


def test_a_header_without_rows_is_refused(tmp_path):
    with pytest.raises(CatalogError, match="holds no rows"):
        opened(tmp_path, "id,ra,dec\n")


def test_a_broken_gzip_is_said(tmp_path):
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"id,x\n1,2\n")[:-9])
    with pytest.raises(CatalogError, match=r"a.csv.gz cannot be unpacked"):
        open_catalog(tmp_path / "a.csv.gz")
