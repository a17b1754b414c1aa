"""The nouns of the product: functions over tables, without HTTP or media libraries."""
