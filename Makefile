# The few commands that people need. Every target only forwards to what does the work.
MAKEFLAGS += --no-print-directory
.PHONY: help dev smoke build release test tidy format coverage clean

help:
	@echo 'make dev       build, then a Zendesk to try against, a bot and Tieline in this terminal'
	@echo 'make smoke     build, then play a scripted story and check it'
	@echo 'make build     debug build into build/debug/bin'
	@echo 'make release   release build into build/release/bin'
	@echo 'make test      all of CI; one suite: make test SUITE="unit"'
	@echo 'make tidy      only the rules held by machine'
	@echo 'make format    clang-format over the tree'
	@echo 'make coverage  which lines the tests run (needs gcovr)'
	@echo 'make clean     remove build/'

dev:
	@./deploy/quickstart

smoke:
	@./deploy/quickstart --smoke

build:
	@cmake --preset debug
	@cmake --build --preset debug
	@ln -sfn build/debug/compile_commands.json compile_commands.json

release:
	@cmake --preset release
	@cmake --build --preset release

test:
	@./tests/run $(SUITE)

tidy:
	@./tests/run tidy

format:
	@git ls-files --cached --others --exclude-standard '*.[ch]' | xargs -r clang-format-14 -i

coverage:
	@cmake --preset coverage
	@cmake --build --preset coverage
	@ctest --preset coverage
	@gcovr --root . --exclude tests build/coverage

clean:
	@rm -rf build
