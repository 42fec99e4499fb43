import vue from 'eslint-plugin-vue'
import parser from 'vue-eslint-parser'

// Templates only: scripts are read by the compiler and by oxlint, so the script block is not parsed here.
export default [
  {
    files: ['**/*.vue'],
    plugins: { vue },
    linterOptions: { reportUnusedDisableDirectives: 'error', noInlineConfig: true },
    languageOptions: { parser, parserOptions: { parser: false } },
    rules: {
      // Content is compiled to typed blocks; raw HTML would be a door for scripts.
      'vue/no-v-html': 'error',
      'vue/no-v-text-v-html-on-component': 'error',
      // A style attribute in the page is forbidden by its Content-Security-Policy.
      'vue/no-static-inline-styles': ['error', { allowBinding: true }],
      'vue/require-v-for-key': 'error',
      'vue/valid-v-for': 'error',
      'vue/valid-v-if': 'error',
      'vue/valid-v-else': 'error',
      'vue/valid-v-else-if': 'error',
      'vue/valid-v-model': 'error',
      'vue/valid-v-on': 'error',
      'vue/valid-v-bind': 'error',
      'vue/valid-v-slot': 'error',
      'vue/no-use-v-if-with-v-for': 'error',
      'vue/no-dupe-v-else-if': 'error',
      'vue/no-duplicate-attributes': 'error',
      'vue/no-template-key': 'error',
      'vue/no-v-for-template-key-on-child': 'error',
      'vue/no-textarea-mustache': 'error',
      'vue/no-useless-template-attributes': 'error',
      'vue/no-template-target-blank': 'error',
      // A button without a type submits the form around it and loses what was typed.
      'vue/html-button-has-type': 'error',
    },
  },
]
