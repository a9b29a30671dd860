"""`ulmus quickstart`."""

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
    """Walk the whole path on text that every installation carries, in a few minutes."""
    from ulmus.cli.showing import output_console, progress_console
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
    console = output_console()
    console.print(result.report.as_table())
    lines = [
        result.report.verdict,
        "",
        f"The language model continues 'Return the': {sample}",
        "",
        f"The classifier is in {out}, the language model in {out}/language-model. Next:",
        f"  echo 'Compute the eigenvalues of a matrix.' | ulmus predict {out} -",
        f"  ulmus generate {out}/language-model --prompt 'Parameters'",
        "  ulmus fit YOUR.csv --text COLUMN --label COLUMN --out model",
    ]
    for line in lines:
        console.print(line, soft_wrap=True, markup=False)
