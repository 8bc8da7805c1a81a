"""Cases by kind; ``tests.cases`` has them all."""
