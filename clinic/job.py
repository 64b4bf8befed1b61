"""The names under which edges ask workers for a job, so that neither imports the other. A test resolves each."""

