// Stands for the repository's bench runner: the command looks for a file at this place.
