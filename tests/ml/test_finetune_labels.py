import csv
from dataclasses import replace

import numpy as np
import pytest

from gzviewer.core.errors import CatalogError, UserError
from gzviewer.core.votes import Votes
from gzviewer.io.schemas import load_schema
from gzviewer.jobs.finetune_requests import FinetuneRequest
from gzviewer.ml.finetune.labels import read_labels
from gzviewer.ml.finetune.split import PARTS, group_numbers, repeat_notes, split, write_split
from gzviewer.ml.finetune.targets import vote_counts


@pytest.fixture
def table(drawn, tmp_path):
    """Writes a table of labels for drawn galaxies; returns a request."""

    def write(columns, ids=None, **more):
        known, _ = drawn(len(next(iter(columns.values()))))
        path = tmp_path / "labels.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(("id_str", *columns))
            writer.writerows(zip(ids or known, *columns.values(), strict=True))
        return FinetuneRequest(str(tmp_path / "images"), str(path), "", str(tmp_path / "out"), **more)

    return write


def halves(count):
    return ["ring" if place % 2 else "none" for place in range(count)]


def test_classes_are_called_as_in_the_table(table, tiny_model):
    labels = read_labels(table({"kind": halves(6)}, label_column="kind"), tiny_model)
    assert (labels.kind, labels.names, labels.ids[1]) == ("classify", ("none", "ring"), "galaxy 1")
    assert labels.numbers.tolist() == [0, 1] * 3
    assert labels.counts == (3, 3)


def test_whole_numbers_are_classes_and_many_fractions_are_values(table, tiny_model):
    classes = read_labels(table({"ring": [0, 1, 1, ""]}, label_column="ring"), tiny_model)
    assert (classes.names, classes.notes) == (
        ("ring_0", "ring_1"),
        ("1 of 4 galaxies have no label and are left out.",),
    )
    values = read_labels(table({"z": np.linspace(0, 1, 25)}, label_column="z"), tiny_model)
    assert (values.kind, values.names, values.counts) == ("regress", ("z",), (25,))


def test_ids_that_do_not_match_are_refused_with_an_example(table, tiny_model):
    request = table({"ring": [0, 1]}, ids=["a", "b"], label_column="ring")
    with pytest.raises(
        UserError, match=r"No id of labels.csv is one of images: the first are a and galaxy 0"
    ):
        read_labels(request, tiny_model)


def test_labels_that_are_all_equal_are_refused(table, tiny_model):
    with pytest.raises(UserError, match="All labels in ring are 1"):
        read_labels(table({"ring": [1, 1, 1]}, label_column="ring"), tiny_model)
    with pytest.raises(UserError, match=r"All labels in z are 0\.5"):
        read_labels(table({"z": [0.5] * 3}, label_column="z", kind="regress"), tiny_model)


def test_a_class_without_an_example_is_refused(table, tiny_model):
    with pytest.raises(UserError, match="The class merger has no example"):
        read_labels(table({"kind": halves(4)}, label_column="kind", classes=("ring", "merger")), tiny_model)


def test_a_column_that_is_not_there_is_named(table, tiny_model):
    with pytest.raises(CatalogError, match="no column rings"):
        read_labels(table({"ring": [0, 1]}, label_column="rings"), tiny_model)
    with pytest.raises(UserError, match=r"No columns of labels\.csv were recognised as votes"):
        read_labels(table({"ring": [0, 1]}), tiny_model)
    with pytest.raises(UserError, match="kind does not hold numbers"):
        read_labels(table({"kind": halves(4)}, label_column="kind", kind="regress"), tiny_model)


def test_votes_are_found_by_their_names_and_unasked_questions_have_none(table, tiny_model):
    names = tiny_model.label_columns[:3]
    columns = {name: [20 + place, 15, place] for place, name in enumerate(names)}
    labels = read_labels(table(columns), tiny_model)
    assert (labels.kind, labels.names) == ("tree", tiny_model.label_columns)
    assert labels.targets[0, :4].tolist() == [20, 21, 22, 0]
    assert labels.counts[:2] == (3, 0)
    assert labels.notes == ("9 questions of gz2_ortho_schema have no votes here.",)


def test_fractions_need_a_number_of_volunteers_and_go_down_the_tree():
    schema = load_schema("gz2_ortho_schema")
    fractions = np.full((1, 30), np.nan, dtype=np.float32)
    fractions[0, :5] = [0.25, 0.75, 0, 0.2, 0.8]
    votes = Votes(schema, fractions, np.full((1, 10), np.nan, dtype=np.float32), "fractions")
    with pytest.raises(UserError, match="Only fractions"):
        vote_counts(votes, 0)
    assert vote_counts(votes, 40)[0, :6].tolist() == pytest.approx([10, 30, 0, 6, 24, 0])


@pytest.fixture
def rings(table, tiny_model):
    return lambda count=100, **more: read_labels(
        table({"kind": halves(count), **more}, label_column="kind"), tiny_model
    )


def test_a_split_keeps_every_galaxy_and_the_share_of_each_class(rings):
    labels = rings()
    parts = split(labels, (7, 2, 1), seed=1)
    assert {name: labels.at(parts[name]).counts for name in PARTS} == {
        "train": (35, 35),
        "validation": (10, 10),
        "test": (5, 5),
    }
    assert sorted(np.concatenate(list(parts.values()))) == list(range(100))


def test_a_split_depends_on_the_seed_and_the_ids_not_on_the_order(rings):
    labels, back = rings(), np.arange(100)[::-1].copy()
    ids = {name: {labels.ids[row] for row in rows} for name, rows in split(labels, (7, 2, 1), 1).items()}
    turned = labels.at(back)
    again = {name: {turned.ids[row] for row in rows} for name, rows in split(turned, (7, 2, 1), 1).items()}
    other = {name: {labels.ids[row] for row in rows} for name, rows in split(labels, (7, 2, 1), 2).items()}
    assert ids == again != other


def test_one_galaxy_is_never_in_two_parts(rings):
    groups = [f"g{place // 5}" for place in range(100)]
    labels = rings(group=groups)
    for rows in split(labels, (6, 2, 2), 1).values():
        assert len(rows) % 5 == 0
        assert len({groups[row] for row in rows}) == len(rows) // 5


def in_two_parts(labels, names):
    parts = split(labels, (6, 2, 2), 1).values()
    known = [{names[row] for row in rows} for rows in parts]
    return set.union(*(one & other for one in known for other in known if one is not other))


def test_a_catalog_that_lists_each_galaxy_twice_has_no_galaxy_in_two_parts(drawn, tmp_path, tiny_model):
    ids, images = drawn(60)
    path = tmp_path / "twice.csv"
    lines = [f"{name},{image},{kind}" for name, image, kind in zip(ids, images, halves(60), strict=True)]
    path.write_text("\n".join(["id_str,file_loc,kind", *lines, *lines]))
    labels = read_labels(
        FinetuneRequest(str(path), "", "", str(tmp_path / "out"), label_column="kind"), tiny_model
    )
    assert len(labels) == 120
    assert "galaxy 3#2" in labels.ids
    assert not in_two_parts(labels, labels.images)
    assert repeat_notes(labels)[0].startswith("60 rows show a galaxy of another row again")


def test_copies_under_one_id_and_other_ids_of_one_file_are_one_galaxy(rings, tmp_path):
    labels = rings()
    copies = tuple(f"{tmp_path}/other/{place}.png" for place in range(100))
    names = tuple(f"galaxy {place // 2}" for place in range(100))
    by_id = replace(labels, published=names, images=copies)
    assert not in_two_parts(by_id, names)
    files = tuple(f"{tmp_path}/{'x/../' * (place % 2)}{place // 2}.png" for place in range(100))
    by_file = replace(labels, images=files)
    assert not in_two_parts(by_file, [name.replace("x/../", "") for name in files])


def test_rows_within_two_arcsec_are_one_galaxy_even_across_the_first_hour(rings):
    ra, dec = np.arange(100) * 3.0, np.full(100, 60.0)
    ra[:4] = [359.9998, 0.0001, 10.0, 10.002]  # 1.1 arcsec apart at this declination, and 3.6
    numbers = group_numbers(rings(ra=ra, dec=dec))
    assert numbers[0] == numbers[1]
    assert len(set(numbers)) == 99


def test_too_few_labels_are_refused_with_their_number(rings):
    with pytest.raises(
        UserError, match="Of 40 labelled galaxies only 14 are galaxies of class none to learn"
    ):
        split(rings(40), (7, 2, 1), 1)
    with pytest.raises(UserError, match="only 6 are galaxies held out for the test; 10 are needed"):
        split(rings(60), (7, 2, 1), 1)
    with pytest.raises(UserError, match="cannot be used"):
        split(rings(60), (7, 0, 1), 1)


def test_the_split_is_written_with_ids_and_labels(rings, tmp_path):
    labels = rings()
    write_split(tmp_path / "split.csv", labels, split(labels, (7, 2, 1), 1))
    lines = list(csv.DictReader((tmp_path / "split.csv").read_text().splitlines()))
    assert len(lines) == 100
    assert {line["split"] for line in lines} == set(PARTS)
    assert (lines[1]["id"], lines[1]["stratum"]) == ("galaxy 1", "ring")
