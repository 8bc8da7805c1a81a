"""Long work in worker processes: the scheduler, the worker, values as files."""
