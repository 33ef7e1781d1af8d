"""true_labels.py VERSION SCHEMA_OLDEST SCHEMA_NEWEST: end a build whose labels would say something else than the program in it."""

import json
import subprocess
import sys

told = json.loads(
    subprocess.run(["/opt/minixdr/bin/minixdr", "version"], check=True, capture_output=True, text=True).stdout
)
true = [told["version"], str(told["schema"]["oldest"]), str(told["schema"]["newest"])]
if sys.argv[1:] != true:
    sys.exit(
        f"VERSION, SCHEMA_OLDEST and SCHEMA_NEWEST are {true} in the program and {sys.argv[1:]} in the build arguments: "
        "take what deploy/images/facts.py --build-args prints"
    )
