"""Prints what Prefect makes of the settings here: every name it knows, and the values that are set, as jobs inherit them."""

import json
import sys

from prefect.settings import get_current_settings
from prefect.settings.legacy import _get_settings_fields
from prefect.settings.models.root import Settings

names = sorted({setting.name for setting in _get_settings_fields(Settings).values()})
values = get_current_settings().to_environment_variables(exclude_unset=True)
json.dump({"names": names, "values": values}, sys.stdout)
