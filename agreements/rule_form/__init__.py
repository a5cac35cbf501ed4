"""A form for any rule: tree ⇄ named controls, with buttons that add, move and take away conditions and groups.

A page shows ``rule_node(…)`` with the template ``agreements/_rule.html``; what comes back is read with ``read_rule``,
which has already done what a button of the rule asked for. Where such a button was pressed (``is_pressed``), the page
shows the form again instead of saving it.
"""

from agreements.rule_form.nodes import RuleNode, rule_node, show_rule_errors
from agreements.rule_form.reading import is_pressed, read_rule

__all__ = ["RuleNode", "is_pressed", "read_rule", "rule_node", "show_rule_errors"]
