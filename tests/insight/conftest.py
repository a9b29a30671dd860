import pytest
from matplotlib.figure import Figure


@pytest.fixture
def figures(monkeypatch):
    """The figures saved during a test, in order."""
    saved = []
    original = Figure.savefig

    def savefig(self, *arguments, **settings):
        saved.append(self)
        return original(self, *arguments, **settings)

    monkeypatch.setattr(Figure, "savefig", savefig)
    return saved
