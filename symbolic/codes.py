"""The stable codes of every error and warning about a declaration.

A code never changes its meaning and is never reused. ``docs/conditions.md`` explains each; a test
holds that page and this table equal.
"""

from __future__ import annotations

from enum import StrEnum


class Code(StrEnum):
    """A stable code: a number that never changes and a name that reads."""

    # S1xx: the text of an expression, and names
    UNKNOWN_SYMBOL = "S101-unknown-symbol"
    SYNTAX = "S102-syntax"
    EXPRESSION_TYPE = "S103-expression-type"
    TEXT_SIZE = "S104-text-size"
    NUMBER = "S105-number"
    OPERATOR = "S106-operator"
    UNKNOWN_FUNCTION = "S107-unknown-function"
    FUNCTION_ARGUMENTS = "S108-function-arguments"
    IMPLICIT_PRODUCT = "S109-implicit-product"
    NON_ASCII = "S110-non-ascii"
    NAME_TYPE = "S121-name-type"
    NAME_FORM = "S122-name-form"
    NAME_RESERVED = "S123-name-reserved"
    NAME_DUPLICATE = "S124-name-duplicate"
    NAME_CASE = "S125-name-case"

    # S2xx: the structure of a declaration and its values
    ARGUMENT_TYPE = "S201-argument-type"
    ARGUMENT_COMBINATION = "S202-argument-combination"
    NO_STATE = "S203-no-state"
    STATE_WITHOUT_DYNAMICS = "S204-state-without-dynamics"
    NOT_A_STATE = "S205-not-a-state"
    UNKNOWN_MODE = "S206-unknown-mode"
    VALUE_TYPE = "S207-value-type"
    VALUE_FINITE = "S208-value-finite"
    VALUE_SHAPE = "S209-value-shape"
    PORT_FORM = "S210-port-form"
    INITIAL_CONSTANT = "S211-initial-constant"
    UNUSED_STATE = "S221-unused-state"
    UNUSED_PARAMETER = "S222-unused-parameter"
    UNUSED_WEIGHT = "S223-unused-weight"
    UNREACHABLE_MODE = "S224-unreachable-mode"
    NEGATIVE_CONDUCTANCE = "S225-negative-conductance"

    # S3xx: what an expression may contain, and how a flow behaves
    COMPLEX = "S301-complex"
    NOT_REAL_SYMBOL = "S302-not-real-symbol"
    UNDEFINED_VALUE = "S303-undefined-value"
    DIVISION_BY_ZERO = "S304-division-by-zero"
    UNPRINTABLE = "S305-unprintable"
    RELATION = "S306-relation"
    KINK = "S307-kink"
    JUMP_FUNCTION = "S308-jump-function"
    SIZE = "S309-size"
    NON_FINITE_START = "S310-non-finite-start"
    DOMAIN_CROSSED = "S311-domain-crossed"
    REMOVABLE_SINGULARITY = "S312-removable-singularity"
    GROWING = "S321-growing"
    BLOW_UP = "S322-blow-up"
    STIFF = "S323-stiff"
    TIME_CONSTANT = "S324-time-constant"
    SLOW = "S325-slow"
    MAGNITUDE = "S326-magnitude"
    NEGATIVE_QUANTITY = "S327-negative-quantity"

    # S4xx: guards
    GUARD_RELATION = "S401-guard-relation"
    GUARD_CONSTANT = "S402-guard-constant"
    GUARD_WITHOUT_STATE = "S403-guard-without-state"
    GUARD_NOT_TRANSVERSAL = "S404-guard-not-transversal"
    GUARD_INVARIANT = "S405-guard-invariant"
    GUARD_INITIALLY_ABOVE = "S406-guard-initially-above"
    GUARD_PROPORTIONAL = "S407-guard-proportional"
    GUARD_UNREACHABLE = "S408-guard-unreachable"
    GUARD_SIGN = "S409-guard-sign"

    # S5xx: resets
    RESET_ABOVE = "S501-reset-above"
    RESET_CASCADE = "S502-reset-cascade"
    MODE_LEFT_AT_ONCE = "S503-mode-left-at-once"
    RESET_UNDEFINED = "S504-reset-undefined"
    EVENT_ON_RETURN = "S505-event-on-return"

    # S6xx: units
    UNIT_TEXT = "S601-unit-text"
    UNIT_MISMATCH = "S602-unit-mismatch"
    UNIT_ARGUMENT = "S603-unit-argument"
