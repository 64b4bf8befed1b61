"""A practice's week on the demo's clock, with everybody in it: patients, staff, and somebody who counts."""
