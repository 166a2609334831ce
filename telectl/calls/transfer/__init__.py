"""Send the customer away, leave a three-way call, and the extensions that calls are sent to."""
