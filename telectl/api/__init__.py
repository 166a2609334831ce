"""HTTP: one request's journey (`agent_api`), health pages, and the middlewares around them."""
