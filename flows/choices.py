"""What a patient chose so far, by name, and what must be forgotten when an earlier choice changes."""

PERSON = ("self", "name", "birth_date", "patient")
VISIT = ("clinic", "near", "service", "doctor", "day", "days", "not_days", "between", "slot")
TOLD = ("visit", "patient", "self", "name", "birth_date", "clinic", "service", "doctor", "day", "slot")

Choices = dict[str, str]


def forget(choices: Choices, key: str) -> None:
    """Drop a choice and all that hang on it: another doctor has other times, another patient changes nothing else."""
    for group in (PERSON, VISIT):
        if key in group:
            for name in group[group.index(key) :]:
                choices.pop(name, None)


def start_over(choices: Choices) -> None:
    """Drop everything but the answer about consent, which nobody should be asked twice."""
    for name in [name for name in choices if name != "consent"]:
        del choices[name]


def told(choices: Choices) -> Choices:
    """What the person who calls back should see."""
    return {name: choices[name] for name in TOLD if name in choices}
