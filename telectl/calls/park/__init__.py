"""Park customer and third party, and bring them back."""
