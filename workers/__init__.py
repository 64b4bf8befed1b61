"""The promises that fall due later: RQ jobs and the timetable."""
