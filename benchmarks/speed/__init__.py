"""Time and memory of the package's computations, of their textbook forms and of other libraries."""
