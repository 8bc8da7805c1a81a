"""What the image is made of: its dependencies, their licences, known faults, and the base."""
