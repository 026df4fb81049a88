import pytest

from gzviewer.session.selection import NO_ROW, Selection


@pytest.fixture
def selection(qapp):
    return Selection()


def test_rows_are_ascending_unique_and_read_only(selection):
    selection.replace([5, 1, 5, 3])
    assert selection.rows.tolist() == [1, 3, 5]
    with pytest.raises(ValueError, match="read-only"):
        selection.rows[0] = 7


def test_selecting_what_is_selected_says_nothing(selection, qtbot):
    selection.replace([1, 2])
    with qtbot.assertNotEmitted(selection.changed):
        selection.replace([2, 1])
        selection.extend([1])


def test_toggle_twice_leaves_the_selection_as_it_was(selection):
    selection.replace([1, 4])
    selection.toggle(2)
    assert selection.rows.tolist() == [1, 2, 4]
    selection.toggle(2)
    assert selection.rows.tolist() == [1, 4]


def test_extend_adds_to_what_was_selected(selection, qtbot):
    selection.replace([1])
    with qtbot.waitSignal(selection.changed):
        selection.extend(range(3))
    assert selection.rows.tolist() == [0, 1, 2]


def test_membership_is_asked_by_row(selection):
    selection.replace([2, 8])
    assert 8 in selection
    assert 9 not in selection
    assert NO_ROW not in selection


def test_looking_at_another_galaxy_tells_its_row_once(selection, qtbot):
    with qtbot.waitSignal(selection.current_changed) as heard:
        selection.set_current(7)
    assert heard.args == [7]
    with qtbot.assertNotEmitted(selection.current_changed):
        selection.set_current(7)


def test_looking_does_not_select_and_clearing_does_not_look_away(selection):
    selection.replace([1])
    selection.set_current(7)
    selection.clear()
    assert selection.current == 7
    assert len(selection.rows) == 0
