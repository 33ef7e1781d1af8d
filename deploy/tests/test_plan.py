"""The plan is a function of what is wanted and how things are."""

from conftest import release
from minixdr_deploy.plan import State, Wanted, plan

ONE, TWO = release(1), release(2)


def wanted(number: int, **changes: object) -> Wanted:
    one = release(number)
    return Wanted(
        **(
            {
                "id": one.id,
                "backend_image": one.backend_image,
                "frontend_image": one.frontend_image,
                "schema_newest": number,
            }
            | changes
        )
    )


def does(made) -> list[str]:
    return [step.name for step in made.steps if step.does]


def test_of_a_first_ship_everything_is_done() -> None:
    made = plan(wanted(1, backend_image=None, frontend_image=None), State())
    assert does(made) == [
        "lock", "preflight", "build-backend", "push-backend", "build-frontend", "push-frontend", "secrets", "prepare", "migrate",
        "rollout-backend", "rollout-frontend", "verify", "record",
    ]  # fmt: skip
    assert made.back_to is None
    assert "nothing to go back to" in made.lines()[-1]


def test_what_is_in_the_registry_is_not_built_again() -> None:
    made = plan(wanted(2, frontend_image=None), State(ONE, ONE, "shipped", namespace=True))
    assert "build-backend" not in does(made)
    assert "build-frontend" in does(made)
    assert "goes back to " + ONE.id in made.lines()[-1]


def test_a_builder_elsewhere_pushes_itself() -> None:
    made = plan(wanted(1, backend_image=None, frontend_image=None, builder="codebuild"), State())
    assert not {"push-backend", "push-frontend"} & set(does(made))
    assert made.step("build-backend").reason.endswith("built and pushed by CodeBuild")


def test_a_migration_that_ran_is_skipped_and_one_that_changes_the_schema_is_said() -> None:
    shipped = State(ONE, ONE, "shipped", namespace=True)
    assert plan(wanted(2), shipped).step("migrate").reason == f"from revision 1 to 2, while {ONE.id} goes on serving"
    assert not plan(wanted(2), State(ONE, ONE, "shipped", namespace=True, migrated=True)).step("migrate").does
    assert "nothing should change" in plan(wanted(1), shipped).step("migrate").reason


def test_a_step_back_and_a_ship_that_did_not_end_are_said() -> None:
    made = plan(wanted(1), State(TWO, TWO, "shipped", namespace=True))
    assert any("a step back" in note for note in made.notes)
    half = plan(wanted(2), State(TWO, ONE, "rolling-out", namespace=True, lock="arn:bob, renewed 5 s ago"))
    assert half.back_to == ONE.id
    assert half.notes[0] == "the lock is held by arn:bob, renewed 5 s ago"
    assert half.notes[1] == f"the ship of {TWO.id} did not end: it and {ONE.id} may both run"


def test_what_was_asked_not_to_be_looked_at_is_a_skipped_step() -> None:
    made = plan(wanted(1, preflight=False, verify=False), State())
    assert [made.step(name).does for name in ("preflight", "verify")] == [False, False]


def test_a_part_of_it_has_the_order_of_the_whole() -> None:
    made = plan(wanted(1), State(), ("rollout-frontend", "lock", "rollout-backend"))
    assert [step.name for step in made.steps] == ["lock", "rollout-backend", "rollout-frontend"]
    assert made.step("verify") is None
