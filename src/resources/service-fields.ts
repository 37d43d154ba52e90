/** Fields that the service sets; no content has them. */
export const serviceFields: readonly string[] = ['id', 'version', 'createdAt', 'updatedAt']

export const isServiceField = (field: string): boolean => serviceFields.includes(field)
