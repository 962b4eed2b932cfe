"""The skill package: a folder that Amazon's `ask deploy` publishes as it stands."""

import json
import shutil
import sys
from importlib.metadata import PackageNotFoundError, version
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from rostlots.alexa.definition import LANGUAGES, PUBLISHED, definition
from rostlots.alexa.limits import model_faults, store_faults
from rostlots.alexa.model import interaction_model
from rostlots.alexa.store import ICONS, icon_name, manifest

# What the skill runs with on Lambda; pinned to what is installed where the package is written.
_DISTRIBUTIONS = ("ask-sdk-core", "msgspec", "numpy", "rapidfuzz")
# The parts of the product that the skill runs with. Speech is Alexa's own.
_MODULES = {"intents": None, "skill": None, "rostlots": ("__init__.py", "assistant.py", "settings.py", "alexa")}
# Only Alexa's own languages are deployed, and not what serves the web.
_LEFT_OUT = ("__pycache__", "sv", "sv.toml", "*.png", "endpoint.py", "verification.py", "sources.py", "package.py")
_LAMBDA_REGION = "eu-west-1"
# The skill needs a tenth of it, but Lambda gives a processor's share by memory.
_LAMBDA_MEGABYTES = 1024
_UNPUBLISHED = "not-offered-by-amazon-yet"


class PackageError(Exception):
    """The package cannot be written; the message says why, fault by fault."""


def write_package(folder: Path, *, endpoint: str | None = None, privacy_policy: str | None = None) -> list[str]:
    """Write the package into a folder and give the paths of its files, relative to it. What is there is replaced.

    endpoint, privacy_policy: see `store.manifest`.

    Raises:
        PackageError: the folder holds something else, or a text or the model is outside Amazon's limits.
    """
    if folder.exists() and any(folder.iterdir()) and not (folder / "ask-resources.json").is_file():
        raise PackageError(f"{folder} holds something else than a skill package; give a new folder.")
    texts = _json_files(endpoint, privacy_policy)
    faults = _faults(texts)
    if faults:
        raise PackageError("\n".join(faults))
    for place in ("skill-package", "lambda", _UNPUBLISHED):
        shutil.rmtree(folder / place, ignore_errors=True)
    for name, content in texts.items():
        _write(folder / name, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    _write_icons(folder / "skill-package" / "assets" / "images")
    if endpoint is None:
        _write_lambda(folder / "lambda")
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file())


def _json_files(endpoint: str | None, privacy_policy: str | None) -> dict[str, Any]:
    built: dict[str, Any] = {
        "ask-resources.json": _resources(on_lambda=endpoint is None),
        "skill-package/skill.json": manifest(endpoint=endpoint, privacy_policy=privacy_policy),
    }
    for lang in LANGUAGES:
        place = "skill-package" if lang in PUBLISHED else _UNPUBLISHED
        for locale in definition(lang).locales:
            built[f"{place}/interactionModels/custom/{locale}.json"] = interaction_model(lang)
    return built


def _resources(*, on_lambda: bool) -> dict[str, Any]:
    profile: dict[str, Any] = {"skillMetadata": {"src": "./skill-package"}}
    if on_lambda:
        profile["code"] = {"default": {"src": "./lambda"}}
        profile["skillInfrastructure"] = {
            "type": "@ask-cli/lambda-deployer",
            "userConfig": {
                "runtime": f"python{sys.version_info.major}.{sys.version_info.minor}",
                "handler": "lambda_function.handler",
                "awsRegion": _LAMBDA_REGION,
                "memorySize": _LAMBDA_MEGABYTES,
            },
        }
    return {"askcliResourcesVersion": "2020-03-31", "profiles": {"default": profile}}


def _faults(texts: dict[str, Any]) -> list[str]:
    found = []
    for name, content in texts.items():
        if "interactionModels" in name:
            found += model_faults(name, content, len(json.dumps(content, ensure_ascii=False, indent=2).encode()))
        elif name.endswith("skill.json"):
            for locale, shown in content["manifest"]["publishingInformation"]["locales"].items():
                found += store_faults(name, locale, shown)
    return found


def _write_icons(folder: Path) -> None:
    folder.mkdir(parents=True)
    for size in ICONS.values():
        drawn = (files("rostlots.alexa") / "data" / f"icon_{size}.png").read_bytes()
        for lang in PUBLISHED:
            for locale in definition(lang).locales:
                (folder / icon_name(locale, size)).write_bytes(drawn)


def _write_lambda(folder: Path) -> None:
    ignore = shutil.ignore_patterns(*_LEFT_OUT)
    for package, parts in _MODULES.items():
        with as_file(files(package)) as source:
            if parts is None:
                shutil.copytree(source, folder / package, ignore=ignore)
                continue
            for part in parts:
                if (source / part).is_dir():
                    shutil.copytree(source / part, folder / package / part, ignore=ignore)
                else:
                    (folder / package).mkdir(parents=True, exist_ok=True)
                    shutil.copy(source / part, folder / package / part)
    _write(
        folder / "lambda_function.py", 'from rostlots.alexa.lambda_function import handler\n\n__all__ = ["handler"]\n'
    )
    _write(folder / "requirements.txt", "".join(f"{name}=={_installed(name)}\n" for name in _DISTRIBUTIONS))


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        raise PackageError(f"{name} is not installed: pip install 'rostlots[alexa]'.") from None


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
