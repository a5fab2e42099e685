# The commands of this project; `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
INVENTORY ?= inventories/lab
ARGS ?=
BIN := .venv/bin
PLAY := $(BIN)/ansible-playbook -i $(INVENTORY) $(ARGS)

.PHONY: help setup site destroy test check bench test-faults test-reset test-stacks \
        test-applications test-balancer test-logging test-monitoring test-openstack docs

help: ## list these commands
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-17s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: .venv/ready ## make the virtual environment and install the system packages it needs

.venv/ready: requirements.txt requirements-dev.txt scripts/setup
	@scripts/setup

site: setup ## stand up the site of INVENTORY (default: the lab on this machine) and its stacks
	@$(PLAY) playbooks/site.yml

destroy: setup ## remove the lab of INVENTORY with everything on it
	@$(PLAY) playbooks/destroy.yml

check: setup ## the quick tests: format, lint, types, unit (under 3 minutes)
	@tests/run check

test: setup ## all tests, quick failures first
	@tests/run all

test-faults: setup ## kill a run at ten random moments and repeat it
	@tests/run faults

test-reset: setup ## give a cluster up and make it anew on the same hosts
	@tests/run reset

test-stacks: setup ## deploy, fail, roll back, scale, promote and remove stacks on a cluster
	@tests/run stacks

test-applications: setup ## the to-do application and the publishing site, in a browser and under load
	@tests/run applications

test-balancer: setup ## Services of type LoadBalancer on two gateways
	@tests/run balancer

test-logging: setup ## the store, the router and the search of logs
	@tests/run logging

test-monitoring: setup ## a site with Prometheus: what it reads, and an alert that comes and goes
	@tests/run monitoring

test-openstack: setup ## servers made by Heat and a site on them, in the project of OS_CLOUD
	@tests/run openstack

bench: setup ## measure speed and memory against the budget
	@tests/run bench

docs: setup ## write docs/roles from the argument specs, docs/stack.schema.json from the model
	@$(BIN)/python scripts/role_docs.py
	@$(BIN)/python scripts/stack_schema.py
