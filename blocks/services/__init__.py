"""Services of the hotel that are asked over HTTP: the state of rooms, the prices."""
