"""The fault drill: everything dies and breaks while candidates answer, and then everything is counted."""
