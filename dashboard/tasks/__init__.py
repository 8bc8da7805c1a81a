"""From a spec to its result: the work of jobs, one module per task."""
