"""findings + incidents -> changed incidents, each join explained. Pure: `now` and state are arguments."""
