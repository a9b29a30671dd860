"""`ulmus quickstart`."""

import shlex
from pathlib import Path
from typing import Annotated

import typer

from ulmus.cli.options import Overrides, PrintSettings, Seed, SettingsFile, settled

SAMPLE_TOKENS = 60


def run(
    out: Annotated[Path, typer.Option("--out", help="Folder to write.", metavar="DIR")] = Path(
        "ulmus-quickstart"
    ),
    settings: SettingsFile = None,
    set_: Overrides = None,
    print_settings: PrintSettings = False,
    seed: Seed = None,
) -> None:
    """Walk the whole path in minutes, with nothing to download.

    The text is the docstrings of Python and of the installed packages; the class of each is its
    package. The English language model that comes with ulmus is brought to it.
    """
    from ulmus.cli.showing import progress_console, say, show_table
    from ulmus.recipes.quickstart import QuickstartSettings, quickstart

    chosen = settled(
        QuickstartSettings,
        file=settings,
        overrides=set_,
        print_settings=print_settings,
        values={"prepare": {"seed": seed}, "engine": {"seed": seed}},
    )
    result = quickstart(out, chosen, console=progress_console())
    sample = result.language_model.generate(
        "Return the", max_tokens=SAMPLE_TOKENS, temperature=0.7, seed=chosen.engine.seed
    )
    classifier, language_model = (shlex.quote(str(path)) for path in (out, out / "language-model"))
    show_table(result.report.as_table())
    say(
        result.report.verdict,
        "",
        f"The language model continues 'Return the': {' '.join(sample.split())}",
        "",
        f"The classifier is in {out}, the language model in {out / 'language-model'}. Next:",
        f"  echo 'Compute the eigenvalues of a matrix.' | ulmus predict {classifier} -",
        f"  ulmus generate {language_model} --prompt 'Parameters'",
        "  ulmus fit YOUR.csv --text COLUMN --label COLUMN --out model",
    )
