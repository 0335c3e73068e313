import io

from trabecula.cli.progress import ProgressBar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def in_terminal(monkeypatch):
    screen = Terminal()
    monkeypatch.setattr("sys.stderr", screen)
    return screen


def test_the_bar_tells_stage_and_fraction(monkeypatch):
    terminal = in_terminal(monkeypatch)
    with ProgressBar() as bar:
        bar("see", 0.5)

    assert "50%  see" in terminal.getvalue()


def test_a_part_fills_only_its_share(monkeypatch):
    terminal = in_terminal(monkeypatch)
    ProgressBar().part(0.2, 0.4)("read", 0.5)

    assert "30%" in terminal.getvalue()


def test_a_quiet_bar_draws_nothing(monkeypatch):
    terminal = in_terminal(monkeypatch)
    with ProgressBar(quiet=True) as bar:
        bar("see", 0.5)

    assert terminal.getvalue() == ""


def test_no_bar_is_drawn_into_a_file(monkeypatch):
    log = io.StringIO()
    monkeypatch.setattr("sys.stderr", log)

    with ProgressBar() as bar:
        bar("see", 0.5)

    assert log.getvalue() == ""
