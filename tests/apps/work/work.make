all: one two
	@echo all of it
one two:
	@echo $@
