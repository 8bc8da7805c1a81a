"""Reading every CSV file of five packages, against pandas and against readings made by hand."""
