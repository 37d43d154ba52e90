import tseslint from 'typescript-eslint'

export default tseslint.config(
  { ignores: ['dist', '.tap', '.data', 'coverage', 'eslint.config.js', '.ci', 'test/transpile.cjs'] },
  ...tseslint.configs.strictTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-floating-promises': ['error', { allowForKnownSafeCalls: [{ from: 'package', name: 'test', package: 'tap' }] }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      'max-lines': ['error', { max: 400 }],
      eqeqeq: 'error'
    }
  },
  { files: ['test/**'], rules: { '@typescript-eslint/no-floating-promises': 'off' } }
)
