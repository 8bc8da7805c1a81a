"""Long work in worker processes: scheduler, worker and serialisation."""
